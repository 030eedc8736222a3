"""What is done with after-sales folders."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, ORDERS, Action
from bmtui.tui.actions.why_not import READ_ONLY, Context

if TYPE_CHECKING:
    from bmtui.desk.after_sales.rows import FolderRow


ONE = ("folders", "folder")
"""The screens with a folder to act on."""


def _act(name: str) -> Callable[[Any], Any]:
    """What `bmtui.tui.after_sales.acts` does under this name, imported when it is needed."""

    def handler(screen: Any) -> Any:
        from bmtui.tui.after_sales import acts

        return getattr(acts, name)(screen)

    return handler


def _row(context: Context) -> FolderRow | None:
    from bmtui.desk.after_sales.rows import FolderRow

    return context.get(FolderRow)


def _some(context: Context) -> str | None:
    return None if _row(context) else "There is no folder under the cursor."


def _write(context: Context) -> str | None:
    row = _row(context)
    if row is None or context.read_only:
        return _some(context) or READ_ONLY
    if row.answering:
        return f"Something is on its way to folder {row.folder_id}, or nobody knows what became of it: see the outbox."
    return None


def _order(context: Context) -> str | None:
    row = _row(context)
    if row is not None and row.order_id is None:
        return f"Folder {row.folder_id} does not say which order it is about."
    if row is not None and not row.order_here:
        return f"Order {row.order_id} is not downloaded."
    return _some(context)


ACTIONS: tuple[Action, ...] = (
    Action("order.folders", "After-sales folder", "What the customer wrote about the order.", ("e",), "After-sales",
           ORDERS, _act("of_order"), why_not=why_not.order),
    Action("desk.care", "After-sales inbox", "What customers wrote, the oldest first.", ("E",), "After-sales",
           EVERYWHERE, _act("listing"), not_in=("folders", "job", "folder", "invoices", "invoice_queue", "settings")),
    Action("care.open", "Open", "The folder with its messages.", ("enter",), "After-sales", ("folders",), "do_open",
           why_not=_some, hint=1),
    Action("care.filter", "Filter", "By state, market, order; late ones only.", ("slash",), "After-sales",
           ("folders",), "do_filter", hint=2),
    Action("care.answer", "Answer", "Write to the customer.", ("a",), "After-sales", ONE, _act("answer"),
           destructive=True, why_not=_write, hint=3),
    Action("care.problem", "Report a problem", "With what came back.", ("p",), "After-sales", ONE, _act("problem"),
           destructive=True, why_not=_write),
    Action("care.transfer", "Item transfer", "The item went back to the customer.", ("t",), "After-sales", ONE,
           _act("transfer"), destructive=True, why_not=_write),
    Action("care.order", "Order", "The order that the folder is about.", ("o",), "After-sales", ONE,
           _act("open_order"), why_not=_order, hint=4),
    Action("care.rma", "Return (RMA)", "The folder's RMA; creates one when there is none.", ("m",), "After-sales", ONE,
           _act("open_rma"), why_not=_order, hint=5, brief="RMA"),
    Action("care.download", "Download folders", "What customers wrote since the last time.", ("D",), "After-sales",
           ONE, _act("download"), why_not=why_not.download),
)  # fmt: skip
