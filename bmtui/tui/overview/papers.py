"""Papers of one order, or of the marked ones: made or fetched, then saved or printed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bmtui.desk.orders.order_row import OrderRow
from bmtui.desk.overview import packing_documents
from bmtui.errors import RuleRefused
from bmtui.text import how_many
from bmtui.tui.order_screen import OrderActs
from bmtui.tui.overview.papers_dialog import Papers, PapersAnswer

_MADE = (("packing_slip", "Packing slip"), ("pick_list", "Pick list"))
_FETCHED = (("delivery_note", "Delivery note of Back Market"), ("label", "BackShip label"))


async def make(screen: OrderActs, rows: Sequence[OrderRow]) -> None:
    """Ask for the kind of paper, make it, and say where it was saved or printed."""
    kinds = (*_FETCHED, *_MADE) if len(rows) == 1 else _MADE
    heading = f"Papers · order {rows[0].order_id}" if len(rows) == 1 else f"Papers · {how_many(len(rows), 'order')}"
    answer = await screen.desk_app.ask(Papers(heading, kinds))
    if answer is None:
        return
    screen.say("Making it …")
    pdf, sentences = await _pdf(screen, rows, answer)
    name = dict((*_FETCHED, *_MADE))[answer.kind]
    if answer.file:
        place = await asyncio.to_thread(packing_documents.save, pdf, answer.file)
        screen.say(" ".join((f"{name}: saved as {place}.", *sentences)), "warn" if sentences else "good")
    else:
        told = await asyncio.to_thread(packing_documents.print_out, pdf, name, answer.printer)
        screen.say(" ".join((f"{name}: printed. {told}", *sentences)), "warn" if sentences else "good")


async def _pdf(screen: OrderActs, rows: Sequence[OrderRow], answer: PapersAnswer) -> tuple[bytes, Sequence[str]]:
    """Return the paper as PDF, and sentences that a person has to know about it."""
    if len({row.company for row in rows}) > 1:
        raise RuleRefused("The marked orders are of several companies.", "Mark those of one.")
    desk = replace(screen.desk_app.desk, company=rows[0].company)
    ids = [row.order_id for row in rows]
    if answer.kind == "packing_slip":
        made = await desk.read(packing_documents.packing_slips, ids)
        return made.pdf, made.sentences
    if answer.kind == "pick_list":
        return await desk.read(packing_documents.pick_list, ids), ()
    # Importing httpx costs start-up time, so it happens only on a fetch.
    from bmtui.workers.shipping import channel_documents as fetching

    if answer.kind == "label":
        return await fetching.label(desk, ids[0]), ()
    return await fetching.delivery_note(desk, ids[0]), ()
