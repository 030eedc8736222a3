"""Steps of the order's actions that change nothing but its notes: note, copy, papers, its past and its evidence."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bmtui.desk.core import dates
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders.order_row import OrderRow
from bmtui.desk.orders.parameters import PAPER_NAME, TEXT
from bmtui.desk.overview import evidence
from bmtui.desk.overview import order as overview
from bmtui.text import how_many
from bmtui.tui import clipboard
from bmtui.tui.bulk import named
from bmtui.tui.dialogs.note import AskText
from bmtui.tui.order_screen import OrderActs
from bmtui.tui.overview import papers as order_papers
from bmtui.tui.overview.as_it_was_screen import AsItWasScreen

_EMPTY_NOTE = "The note is empty: write something, or press Esc."


async def note(screen: OrderActs) -> None:
    """Ask for a note, and store it with the order."""
    desk, order = screen.desk_and_order()
    text = await screen.desk_app.ask(AskText(f"Note · order {order.order_id}", empty=_EMPTY_NOTE, parameter=TEXT))
    if text is None:
        return
    await desk.write(orders.add_note, order.order_id, text)
    screen.say(f"The note is stored with order {order.order_id}.", "good")
    await screen.desk_app.check_changes()


async def gather_note(screen: OrderActs, rows: Sequence[OrderRow]) -> str | None:
    """Ask for one note for all the orders; None when the dialog was left."""
    heading = f"Note · {how_many(len(rows), 'order')}"
    return await screen.desk_app.ask(AskText(heading, about=named(rows), empty=_EMPTY_NOTE, parameter=TEXT))


def note_each(desk: Desk, row: OrderRow, text: str) -> str:
    """Store the note with one of the orders."""
    orders.add_note(desk, row.order_id, text)
    return "The note is stored."


async def copy(screen: OrderActs) -> None:
    """Copy the order's id to the clipboard."""
    _, order = screen.desk_and_order()
    await _copy(screen, str(order.order_id), str(order.order_id))


async def copy_all(screen: OrderActs, rows: Sequence[OrderRow]) -> None:
    """Copy the ids of all the orders at once, a line each."""
    await _copy(screen, "\n".join(str(row.order_id) for row in rows), f"{len(rows):,} order ids")


async def _copy(screen: OrderActs, text: str, what: str) -> None:
    """Copy `text` to the clipboard, and report it; `what` names the copied thing."""
    by_tmux = "TMUX" in os.environ and await clipboard.into_tmux(text)
    if not by_tmux:
        screen.desk_app.write(clipboard.sequence(text, os.environ))
    screen.say(clipboard.sentence(what, os.environ, by_tmux=by_tmux))


async def paper_name(screen: OrderActs) -> None:
    """Ask for the name that stands on the order's papers, and store it."""
    desk, order = screen.desk_and_order()
    about = f"For invoices and packing slips, instead of {order.customer_name}. Empty: the buyer's own name"
    before = (await desk.read(overview.show, order.order_id)).paper_name
    heading = f"{PAPER_NAME.label} · order {order.order_id}"
    text = await screen.desk_app.ask(AskText(heading, before, about=about, parameter=PAPER_NAME))
    if text is None:
        return
    name = await desk.write(orders.set_paper_name, order.order_id, text)
    screen.say(f"The papers of order {order.order_id} show {name or 'the buyer as Back Market does'}.", "good")
    await screen.desk_app.check_changes()


async def papers(screen: OrderActs) -> None:
    """Ask for a paper of the order, and save or print it."""
    _, order = screen.desk_and_order()
    await order_papers.make(screen, [order])


async def papers_of_all(screen: OrderActs, rows: Sequence[OrderRow]) -> None:
    """Ask for a paper of all the orders, and save or print it as one document."""
    await order_papers.make(screen, rows)


async def as_it_was(screen: OrderActs) -> None:
    """Ask for a time, and show the order as it was then."""
    desk, order = screen.desk_and_order()
    about = "A time such as 2026-11-01T08:00, a day, or 7d for seven days ago"
    text = await screen.desk_app.ask(AskText(f"Order {order.order_id} as it was", about=about, empty="Name a time."))
    if text:
        moment = await desk.read(dates.read, text)
        await screen.desk_app.show(AsItWasScreen(order.order_id, order.company, moment))


async def pack(screen: OrderActs) -> None:
    """Ask for a file name, and write the order's evidence pack."""
    desk, order = screen.desk_and_order()
    name = f"order-{order.order_id}-evidence.pdf"
    about = "A new file; its name ends in .pdf or .json"
    text = await screen.desk_app.ask(
        AskText(f"Evidence of order {order.order_id}", name, about=about, empty="Name it.")
    )
    if text:
        digest = await replace(desk, company=order.company).read(_write_pack, order.order_id, text)
        screen.say(f"{text} is written. SHA-256 {digest[:16]}…", "good")


def _write_pack(desk: Desk, order_id: int, name: str) -> str:
    return evidence.write(desk, order_id, Path(name).expanduser().absolute())
