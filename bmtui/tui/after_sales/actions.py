"""Actions on after-sales folders."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, ORDERS, Action
from bmtui.tui.actions.why_not import READ_ONLY, Context

if TYPE_CHECKING:
    from bmtui.desk.after_sales.rows import FolderRow


ONE = ("folders", "folder")
"""Screens with a folder to act on."""


def _acts() -> ModuleType:
    from bmtui.tui.after_sales import acts

    return acts


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
    if row is not None and not row.order_here and context.read_only:
        return f"Order {row.order_id} is not downloaded."
    return _some(context)


ACTIONS: tuple[Action, ...] = (
    Action("order.folders", "After-sales folder", "What the customer wrote about the order.", ("e",), "After-sales",
           ORDERS, lambda screen: _acts().of_order(screen), why_not=why_not.order, after="return.import"),
    Action("desk.care", "After-sales inbox", "What customers wrote, the oldest first.", ("E",), "After-sales",
           EVERYWHERE, lambda screen: _acts().listing(screen),
           not_in=("folders",)),
    Action("care.open", "Open", "The folder with its messages.", ("enter",), "After-sales", ("folders",),
           lambda screen: screen.do_open(), why_not=_some, hint=1),
    Action("care.filter", "Filter", "By state, market, order; late ones only.", ("slash",), "After-sales",
           ("folders",), lambda screen: screen.do_filter(), hint=2),
    Action("care.answer", "Answer", "Write to the customer.", ("a",), "After-sales", ONE,
           lambda screen: _acts().answer(screen), destructive=True, why_not=_write, hint=3),
    Action("care.problem", "Report a problem", "With what came back.", ("p",), "After-sales", ONE,
           lambda screen: _acts().problem(screen), destructive=True, why_not=_write),
    Action("care.transfer", "Item transfer", "The item went back to the customer.", ("t",), "After-sales", ONE,
           lambda screen: _acts().transfer(screen), destructive=True, why_not=_write),
    Action("care.order", "Order", "The order that the folder is about.", ("o",), "After-sales", ONE,
           lambda screen: _acts().open_order(screen), why_not=_order, hint=4),
    Action("care.rma", "Return (RMA)", "The folder's RMA; creates one when there is none.", ("m",), "After-sales", ONE,
           lambda screen: _acts().open_rma(screen), why_not=_order, hint=5, brief="RMA"),
    Action("care.download", "Download folders", "What customers wrote since the last time.", ("D",), "After-sales",
           ONE, lambda screen: _acts().download(screen), why_not=why_not.download),
)  # fmt: skip
