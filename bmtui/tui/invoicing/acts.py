"""Steps of the invoices' actions: they gather and show; the desk and its jobs do the work."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import files as invoice_files
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import jobs as invoice_jobs
from bmtui.desk.invoicing import search as invoice_search
from bmtui.desk.invoicing.fields import BY_KEY
from bmtui.desk.invoicing.parameters import BUYER_VAT_ID
from bmtui.desk.invoicing.search import Waiting
from bmtui.desk.invoicing.views import InvoiceView
from bmtui.desk.orders.order_row import OrderRow
from bmtui.errors import BmtuiError, RuleRefused
from bmtui.text import how_many
from bmtui.tui.actions.why_not import InvoiceFact
from bmtui.tui.dialogs.confirm import Confirm
from bmtui.tui.dialogs.note import AskText
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets.locale_format import LOCAL

FOLDER = "~/invoices"
MANY = 10_000
"""Most orders whose invoices one action makes; the question gives the number."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Order under the cursor or open, with its invoice once that was made."""

    order_id: int
    company: str
    invoice: InvoiceView | None


def _subject(screen: DeskScreen) -> Subject:
    fact = screen.context().get(InvoiceFact)
    if fact is None:  # it has gone since the key was pressed
        raise LookupError("nothing is under the cursor")
    return Subject(fact.order_id, fact.company, fact.invoice)


def _desk(screen: DeskScreen, subject: Subject) -> Desk:
    """Return the desk of the order's company: two companies can have an order of the same number."""
    return replace(screen.desk_app.desk, company=subject.company)


# Opening


async def open_queue(screen: DeskScreen) -> None:
    from bmtui.tui.invoicing.screen import QueueScreen

    await screen.desk_app.show(QueueScreen())


async def open_book(screen: DeskScreen) -> None:
    from bmtui.tui.invoicing.screen import BookScreen

    await screen.desk_app.show(BookScreen())


async def open_settings(screen: DeskScreen) -> None:
    """Show the invoice settings of the company on the screen, under the cursor or in view; else ask which."""
    from bmtui.tui.companies.screen import SettingsScreen
    from bmtui.tui.dialogs.pick import Pick
    from bmtui.tui.invoicing.settings import InvoiceSettingsScreen

    app, context = screen.desk_app, screen.context()
    fact = context.get(InvoiceFact)
    names = [view.name for view in app.companies if view.enabled] or [view.name for view in app.companies]
    company = screen.company_name if isinstance(screen, SettingsScreen) else fact.company if fact else app.desk.company
    if company is None and context.order is not None:
        company = context.order.company
    if company is None and len(names) > 1:
        company = await app.ask(Pick("Invoice settings · whose?", [(name, name, "") for name in names]))
        if company is None:
            return
    await app.show(InvoiceSettingsScreen(company or next(iter(names), None)))


async def _seen(screen: DeskScreen, subject: Subject) -> invoicing.Preview | None:
    """Return the preview of the invoice; None where a setting is missing: its field is shown instead."""
    from bmtui.tui.invoicing.settings import InvoiceSettingsScreen

    try:
        return await _desk(screen, subject).read(invoicing.preview, subject.order_id)
    except RuleRefused as error:
        if error.field not in BY_KEY:
            raise
        await screen.desk_app.show(InvoiceSettingsScreen(subject.company, error.field))
        label = BY_KEY[error.field].label
        screen.desk_app.top.say(f"{error.message} e, then Enter sets {label}; ^s saves.", "warn")
        return None


async def open_order(screen: DeskScreen) -> None:
    subject = _subject(screen)
    await screen.desk_app.open_order(subject.order_id, subject.company)


async def open_one(screen: DeskScreen) -> None:
    await _open(screen, _subject(screen))


async def open_of_order(screen: DeskScreen) -> None:
    """Show the invoice of the order under the cursor, made or as a preview; raise the reason when it can have none."""
    order = screen.context().order
    if order is None:  # it has gone since the key was pressed
        return
    subject = Subject(order.order_id, order.company, None)
    desk = _desk(screen, subject)
    made = await desk.read(invoice_search.listing, order_id=order.order_id, kind="invoice")
    await _open(screen, replace(subject, invoice=made[0] if made else None))


async def _open(screen: DeskScreen, subject: Subject) -> None:
    from bmtui.tui.invoicing.screen import InvoiceScreen

    # Refuse with the reason before an empty screen opens.
    if subject.invoice is None and await _seen(screen, subject) is None:
        return
    await screen.desk_app.show(InvoiceScreen(subject.order_id, subject.company, subject.invoice))


# Making and sending


async def make(screen: DeskScreen) -> None:
    subject = _subject(screen)
    desk = _desk(screen, subject)
    seen = await _seen(screen, subject)
    if seen is None:
        return
    parts = [
        (f"Invoice {seen.number} of {LOCAL.amount(seen.total)} for order {seen.order_id}.", "bold"),
        ("Its number is used up: an invoice is never deleted, only corrected by a credit note.", ""),
        ("Nothing is sent to Back Market.", ""),
    ]
    if await screen.desk_app.ask(Confirm("Make the invoice?", parts, "Make it")):
        (job_id,) = await desk.write(invoice_jobs.make, [subject.order_id])
        await screen.desk_app.check_changes()
        screen.say(f"Job {job_id} makes the invoice of order {subject.order_id}.", "good")


async def make_for_business(screen: DeskScreen) -> None:
    """Ask for the VAT id of a buyer who owes the tax, and make the invoice with it."""
    subject = _subject(screen)
    desk = _desk(screen, subject)
    about = "VAT id of a buyer who owes the tax: printed on the invoice; with reverse charge it decides the VAT scheme."
    heading = f"{BUYER_VAT_ID.label} · order {subject.order_id}"
    empty = "Enter it, or make the invoice without by m."
    asked = await screen.desk_app.ask(AskText(heading, about=about, empty=empty, parameter=BUYER_VAT_ID))
    if asked is None:
        return
    seen = await desk.read(invoicing.preview, subject.order_id, buyer_vat_id=asked)
    parts = [
        (
            f"Invoice {seen.number} of {LOCAL.amount(seen.total)} for order {seen.order_id}, with the VAT id {asked}.",
            "bold",
        ),
        ("Its number is used up: an invoice is never deleted, only corrected by a credit note.", ""),
        ("Nothing is sent to Back Market.", ""),
    ]
    if await screen.desk_app.ask(Confirm("Make the invoice?", parts, "Make it")):
        made = await desk.write(invoicing.make, subject.order_id, buyer_vat_id=asked)
        await screen.desk_app.check_changes()
        screen.say(f"Invoice {made.number} of order {subject.order_id} is made.", "good")


async def send(screen: DeskScreen) -> None:
    subject = _subject(screen)
    desk = _desk(screen, subject)
    if subject.invoice is None:
        seen = await _seen(screen, subject)
        if seen is None:
            return
        what = f"Invoice {seen.number} of {LOCAL.amount(seen.total)} for order {seen.order_id} is made, and then sent."
    else:
        upload = await desk.read(invoice_jobs.upload_preview, subject.invoice.number)
        again = " It replaces the one that is there." if upload.replaces else ""
        what = f"Invoice {upload.number} goes to the buyer of order {upload.order_id} through Back Market.{again}"
    if not await screen.desk_app.ask(Confirm("Send the invoice?", [(what, "")], "Send it")):
        return
    if subject.invoice is None:
        (job_id,) = await desk.write(invoice_jobs.make_and_send, [subject.order_id])
    else:
        job_id = await desk.write(invoice_jobs.send, subject.invoice.number)
    await screen.desk_app.check_changes()
    screen.say(f"Job {job_id} sends the invoice of order {subject.order_id}; J shows how it goes.", "good")


async def make_all(screen: DeskScreen) -> None:
    await _all(screen, send=False)


async def send_all(screen: DeskScreen) -> None:
    await _all(screen, send=True)


async def _all(screen: DeskScreen, *, send: bool) -> None:
    app = screen.desk_app
    found: tuple[Waiting, ...] = await app.desk.read(invoice_search.waiting, limit=MANY)
    ids = [row.order.order_id for row in found if row.invoice is None]
    if not ids:
        screen.say("Every order that shipped has its invoice made.")
        return
    # An error of a single order is in the job's log.
    with contextlib.suppress(BmtuiError):
        await _seen(screen, Subject(found[0].order.order_id, found[0].order.company, None))
    if app.top is not screen:
        return
    what = "are made and sent to Back Market" if send else "are made; nothing is sent"
    parts = [
        (f"{how_many(len(ids), 'invoice')} {what}.", "bold"),
        ("Their numbers are used up: an invoice is never deleted, only corrected by a credit note.", ""),
        ("An order that cannot have one is named in the job's log, and uses up no number.", ""),
    ]
    if await app.ask(Confirm("Make all invoices?", parts, "Make and send them" if send else "Make them")):
        jobs = await app.desk.write(invoice_jobs.make_and_send if send else invoice_jobs.make, ids)
        await app.check_changes()
        screen.say(
            f"Job {', '.join(map(str, jobs))} makes {how_many(len(ids), 'invoice')}; J shows how far it is.", "good"
        )


async def gather_make(screen: DeskScreen, rows: Sequence[OrderRow]) -> bool | None:
    """Ask whether to make the invoices of all marked orders; None for no."""
    parts = [
        (f"The invoices of {how_many(len(rows), 'order')} are made; nothing is sent.", "bold"),
        ("Their numbers are used up: an invoice is never deleted, only corrected by a credit note.", ""),
    ]
    return await screen.desk_app.ask(Confirm("Make the invoices?", parts, "Make them"))


def make_each(desk: Desk, row: OrderRow, answer: bool) -> str:
    """Queue the invoice of one of the orders, after a check that it can be made."""
    seen = invoicing.preview(desk, row.order_id)
    (job_id,) = invoice_jobs.make(desk, [row.order_id])
    return f"Job {job_id} makes an invoice of {LOCAL.amount(seen.total)}."


# Files


async def save(screen: DeskScreen) -> None:
    subject = _subject(screen)
    if subject.invoice is None:  # `why_not` has said so
        return
    folder = await screen.desk_app.ask(
        AskText("Save the PDF", FOLDER, about="Into this folder, by the rule for file names.", empty="Name a folder.")
    )
    if folder:
        saved = await _desk(screen, subject).write(_saved, subject.invoice.number, folder)
        screen.say(f"{saved.path}" + ("" if saved.written else " was there already"), "good")


def _saved(desk: Desk, number: str, folder: str) -> invoice_files.Saved:
    return next(iter(invoice_files.save(desk, [number], Path(folder).expanduser())))


async def print_out(screen: DeskScreen) -> None:
    subject = _subject(screen)
    if subject.invoice is None:  # `why_not` has said so
        return
    number = subject.invoice.number
    times = f" It was printed {how_many(subject.invoice.printed, 'time')}." if subject.invoice.printed else ""
    if await screen.desk_app.ask(Confirm("Print it?", [(f"{number} goes to the usual printer.{times}", "")], "Print")):
        await _desk(screen, subject).write(invoice_files.print_out, [number], ["lp"])
        await screen.desk_app.check_changes()
        screen.say(f"{number} went to the printer.", "good")


async def export(screen: DeskScreen) -> None:
    app = screen.desk_app
    month = await app.ask(
        AskText(
            "Export a month",
            f"{app.today:%Y-%m}",
            about="All its PDFs and a ledger, into ~/invoices.",
            empty="Name a month.",
        )
    )
    if month:
        month = invoice_search.month_of(app.desk, month)
        saved = await app.desk.write(_exported, month)
        screen.say(f"{how_many(len(saved) - 1, 'document')} and {saved[-1].path}.", "good")


def _exported(desk: Desk, month: str) -> list[invoice_files.Saved]:
    return list(invoice_files.export(desk, month, Path(FOLDER).expanduser()))
