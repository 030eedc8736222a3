"""Actions on invoices."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, ORDERS, Action, Many
from bmtui.tui.actions.why_not import Context, InvoiceFact
from bmtui.words import EFFECT_LIVE

_LISTS = ("invoice_queue", "invoices")
_ALL = (*_LISTS, "invoice")


def _acts() -> ModuleType:
    from bmtui.tui.invoicing import acts

    return acts


def _invoice(context: Context) -> str | None:
    return None if context.get(InvoiceFact) else "There is nothing under the cursor."


def _make_invoice(context: Context) -> str | None:
    fact = context.get(InvoiceFact)
    if fact is None or context.read_only:
        return why_not.write(context) or _invoice(context)
    return f"It is made already: {fact.invoice.number}." if fact.invoice else None


def _send_invoice(context: Context) -> str | None:
    fact = context.get(InvoiceFact)
    if fact is None or context.read_only:
        return why_not.write(context) or _invoice(context)
    if fact.invoice is None:
        return None
    if fact.invoice.corrects:
        return "It is a credit note: Back Market keeps one document an order, and it would replace the invoice."
    return f"{fact.invoice.number} is on its way to Back Market." if fact.invoice.upload in EFFECT_LIVE else None


def _made_invoice(context: Context) -> str | None:
    fact = context.get(InvoiceFact)
    if fact is None:
        return _invoice(context)
    return None if fact.invoice else "It is not made yet: make it first with m."


def _print_invoice(context: Context) -> str | None:
    return _made_invoice(context) or why_not.write(context)


ACTIONS: tuple[Action, ...] = (
    Action(
        "order.invoice",
        "Invoice",
        "The invoice of the order as text: the one that was made, or the one that would be.",
        ("i",),
        "Order",
        ORDERS,
        lambda screen: _acts().open_of_order(screen),
        many=Many(
            lambda screen, rows: _acts().gather_make(screen, rows),
            lambda desk, row, answer: _acts().make_each(desk, row, answer),
        ),
        why_not=why_not.order,
        after="job.retry",
    ),
    Action(
        "invoice.open",
        "Open",
        "The document as text.",
        ("enter",),
        "Invoice",
        _LISTS,
        lambda screen: _acts().open_one(screen),
        why_not=_invoice,
        hint=1,
        former=("o",),
    ),
    Action(
        "invoice.make",
        "Make",
        "Make the invoice; a job draws it.",
        ("m",),
        "Invoice",
        ("invoice_queue", "invoice"),
        lambda screen: _acts().make(screen),
        destructive=True,
        why_not=_make_invoice,
        hint=2,
    ),
    Action(
        "invoice.make_for_business",
        "Make for a business",
        "Make the invoice of a buyer who owes the tax: their VAT id is asked.",
        ("v",),
        "Invoice",
        ("invoice_queue", "invoice"),
        lambda screen: _acts().make_for_business(screen),
        why_not=_make_invoice,
    ),
    Action(
        "invoice.send",
        "Send",
        "Upload it to Back Market; made first, where it is not yet.",
        ("s",),
        "Invoice",
        _ALL,
        lambda screen: _acts().send(screen),
        destructive=True,
        why_not=_send_invoice,
        hint=3,
    ),
    Action(
        "invoice.save",
        "Save",
        "Write the PDF into a folder.",
        ("w",),
        "Invoice",
        _ALL,
        lambda screen: _acts().save(screen),
        why_not=_made_invoice,
    ),
    Action(
        "invoice.print",
        "Print",
        "Hand it to this machine's printer.",
        ("p",),
        "Invoice",
        _ALL,
        lambda screen: _acts().print_out(screen),
        destructive=True,
        why_not=_print_invoice,
    ),
    Action(
        "invoice.make_all",
        "Make all",
        "Make the invoices of all orders that wait for one.",
        ("a",),
        "Invoice",
        ("invoice_queue",),
        lambda screen: _acts().make_all(screen),
        destructive=True,
        why_not=why_not.write,
        former=("M",),
        hint=5,
    ),
    Action(
        "invoice.send_all",
        "Send all",
        "Make and upload the invoices of all orders that wait for one.",
        ("S",),
        "Invoice",
        ("invoice_queue",),
        lambda screen: _acts().send_all(screen),
        destructive=True,
        why_not=why_not.write,
    ),
    Action(
        "invoice.export",
        "Export a month",
        "All PDFs of a month and a ledger, into a folder.",
        ("e",),
        "Invoice",
        _LISTS,
        lambda screen: _acts().export(screen),
        former=("E",),
    ),
    Action(
        "invoice.order",
        "Order",
        "Open the order that it is about.",
        ("o",),
        "Invoice",
        _ALL,
        lambda screen: _acts().open_order(screen),
        why_not=_invoice,
        former=("O",),
    ),
    Action(
        "invoice.book",
        "All invoices",
        "Invoices and credit notes that were made, newest first.",
        ("l",),
        "Invoice",
        ("invoice_queue",),
        lambda screen: _acts().open_book(screen),
        hint=6,
        brief="All",
        former=("b",),
    ),
    Action(
        "desk.invoices",
        "Invoices",
        "Orders that shipped and have no invoice yet, and all that were made.",
        ("I",),
        "Desk",
        EVERYWHERE,
        lambda screen: _acts().open_queue(screen),
        not_in=("invoice_queue",),
    ),
    Action(
        "settings.invoices",
        "Invoice settings",
        "How the company's invoices are made, per market.",
        ("i",),
        "Settings",
        ("settings", *_LISTS),
        lambda screen: _acts().open_settings(screen),
        why_not=why_not.company,
    ),
    Action(
        "desk.invoice_preferences",
        "Invoice settings › Per channel preferences",
        "Standard, Channel-Specific, Word to PDF or Plugin; VAT, seller, numbers, per market.",
        (),
        "Desk",
        EVERYWHERE,
        lambda screen: _acts().open_settings(screen),
        why_not=why_not.company,
        not_in=("settings", *_LISTS, "invoice_settings"),
        after="desk.options",
    ),
)
