"""What is done with invoices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, ORDERS, Action, Many

if TYPE_CHECKING:
    from bmtui.desk.core.context import Desk
    from bmtui.desk.core.views import OrderRow

QUEUE, BOOK, ONE, SETTINGS = "invoice_queue", "invoices", "invoice", "invoice_settings"
_LISTS = (QUEUE, BOOK)
_ALL = (QUEUE, BOOK, ONE)


def _do(name: str) -> Any:
    """What `bmtui.tui.invoicing.acts` has for it, which is imported when it is needed."""

    async def handler(screen: Any) -> None:
        from bmtui.tui.invoicing import acts

        await getattr(acts, name)(screen)

    return handler


async def _gather(screen: Any, rows: Sequence[OrderRow]) -> Any:
    from bmtui.tui.invoicing import acts

    return await acts.gather_make(screen, rows)


def _each(desk: Desk, row: OrderRow, answer: Any) -> str:
    from bmtui.tui.invoicing import acts

    return acts.make_each(desk, row, answer)


ACTIONS: tuple[Action, ...] = (
    Action(
        "order.invoice",
        "Invoice",
        "The invoice of the order as text: the one that was made, or the one that would be.",
        ("i",),
        "Order",
        ORDERS,
        _do("open_of_order"),
        many=Many(_gather, _each),
        why_not=why_not.order,
    ),
    Action(
        "invoice.open",
        "Open",
        "The document as text.",
        ("enter", "o"),
        "Invoice",
        _LISTS,
        _do("open_one"),
        why_not=why_not.invoice,
        hint=1,
    ),
    Action(
        "invoice.make",
        "Make",
        "Make the invoice; a job draws it.",
        ("m",),
        "Invoice",
        (QUEUE, ONE),
        _do("make"),
        destructive=True,
        why_not=why_not.make_invoice,
        hint=2,
    ),
    Action(
        "invoice.send",
        "Send",
        "Upload it to Back Market; made first, where it is not yet.",
        ("s",),
        "Invoice",
        _ALL,
        _do("send"),
        destructive=True,
        why_not=why_not.send_invoice,
        hint=3,
    ),
    Action(
        "invoice.save",
        "Save",
        "Write the PDF into a folder.",
        ("w",),
        "Invoice",
        _ALL,
        _do("save"),
        why_not=why_not.made_invoice,
    ),
    Action(
        "invoice.print",
        "Print",
        "Hand it to this machine's printer.",
        ("p",),
        "Invoice",
        _ALL,
        _do("print_out"),
        destructive=True,
        why_not=why_not.print_invoice,
    ),
    Action(
        "invoice.make_all",
        "Make all",
        "Make the invoices of all orders that wait for one.",
        ("M",),
        "Invoice",
        (QUEUE,),
        _do("make_all"),
        destructive=True,
        why_not=why_not.invoices_write,
        hint=5,
    ),
    Action(
        "invoice.send_all",
        "Send all",
        "Make and upload the invoices of all orders that wait for one.",
        ("S",),
        "Invoice",
        (QUEUE,),
        _do("send_all"),
        destructive=True,
        why_not=why_not.invoices_write,
    ),
    Action(
        "invoice.export",
        "Export a month",
        "All PDFs of a month and a ledger, into a folder.",
        ("E",),
        "Invoice",
        _LISTS,
        _do("export"),
    ),
    Action(
        "invoice.order",
        "Order",
        "Open the order that it is about.",
        ("O",),
        "Invoice",
        _ALL,
        _do("open_order"),
        why_not=why_not.invoice,
    ),
    Action(
        "invoice.book",
        "All invoices",
        "Invoices and credit notes that were made, newest first.",
        ("b",),
        "Invoice",
        (QUEUE,),
        _do("open_book"),
        hint=6,
        brief="All",
    ),
    Action(
        "desk.invoices",
        "Invoices",
        "Orders that shipped and have no invoice yet, and all that were made.",
        ("I",),
        "Desk",
        EVERYWHERE,
        _do("open_queue"),
        not_in=(*_ALL, SETTINGS, "job"),
    ),
    Action(
        "settings.invoices",
        "Invoice settings",
        "How the company's invoices are made, per market.",
        ("i",),
        "Settings",
        ("settings", *_LISTS),
        _do("open_settings"),
        why_not=why_not.company,
    ),
)
