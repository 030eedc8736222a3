"""Actions on returns (RMA)."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, ORDERS, Action
from bmtui.tui.actions.why_not import Context

if TYPE_CHECKING:
    from bmtui.desk.returns.views import ReturnRow


ONE = ("returns", "return")
"""Screens with an RMA to act on."""


def _acts() -> ModuleType:
    from bmtui.tui.returns import acts

    return acts


def _creating() -> ModuleType:
    from bmtui.tui.returns import creating

    return creating


def _row(context: Context) -> ReturnRow | None:
    from bmtui.desk.returns.views import ReturnRow

    return context.get(ReturnRow)


def _some(context: Context) -> str | None:
    return None if _row(context) else "There is no RMA under the cursor."


def _write(context: Context) -> str | None:
    return _some(context) or why_not.write(context)


def _open(context: Context) -> str | None:
    row = _row(context)
    if row is not None and row.status == "closed":
        return f"RMA {row.rma_id} is closed: t opens it again."
    return _write(context)


ACTIONS: tuple[Action, ...] = (
    Action("order.rma", "Return (RMA)", "The order's RMA; creates one when there is none.", ("m",), "RMA", ORDERS,
           lambda screen: _creating().of_order(screen), why_not=why_not.order, after="company.add"),
    Action("desk.returns", "All RMAs", "Every return, with filters.", ("M",), "RMA", EVERYWHERE,
           lambda screen: _acts().listing(screen), not_in=("returns",)),
    Action("return.open", "Open", "Everything about the RMA.", ("enter",), "RMA", ("returns",),
           lambda screen: screen.do_open(), why_not=_some, hint=1),
    Action("return.filter", "Filter", "By status, reason, resolution and more.", ("slash",), "RMA", ("returns",),
           lambda screen: screen.do_filter(), hint=2),
    Action("return.receive", "Receive", "What arrived, with the IMEI that came back.", ("v",), "RMA", ONE,
           lambda screen: _acts().receive(screen), why_not=_open, hint=3),
    Action("return.approve", "Approve or reject", "Decide about what the customer sends back.", ("a",), "RMA", ONE,
           lambda screen: _acts().approve(screen), why_not=_open),
    Action("return.resolve", "Resolution", "Refund, Replace, Reject, Exchange, Repair or no action.", ("d",), "RMA",
           ONE, lambda screen: _acts().resolve(screen), why_not=_open, hint=4, brief="Decide"),
    Action("return.refund", "Refund", "Give money back for what comes back.", ("r",), "RMA", ONE,
           lambda screen: _acts().refund(screen), destructive=True, why_not=_open, hint=5),
    Action("return.status", "Status", "Hold, go on, close, or open again.", ("t",), "RMA", ONE,
           lambda screen: _acts().set_status(screen), why_not=_write),
    Action("return.cancel", "Cancel Order Internally", "The shipped order, once all of it came back.", ("c",), "RMA",
           ONE, lambda screen: _acts().cancel_order(screen), destructive=True, why_not=_write),
    Action("return.note", "Note", "About the parcel, or for ourselves.", ("n",), "RMA", ONE,
           lambda screen: _acts().note(screen), why_not=_write),
    Action("return.label", "Fetch the return label", "From Back Market, with its tracking number.", ("l",), "RMA", ONE,
           lambda screen: _acts().fetch_label(screen), why_not=_open),
    Action("return.track", "Tracking", "How the parcel comes back.", ("p",), "RMA", ONE,
           lambda screen: _acts().track(screen), why_not=_open, former=("T",)),
    Action("return.attach", "Attach a file", "Keep a copy of a document with the RMA.", ("f",), "RMA", ONE,
           lambda screen: _acts().attach(screen), why_not=_write),
    Action("return.order", "Order", "The order that comes back.", ("o",), "RMA", ONE,
           lambda screen: _acts().open_order(screen), why_not=_some),
    Action("return.folder", "After-sales folder", "What the customer wrote.", ("e",), "RMA", ONE,
           lambda screen: _acts().open_folder(screen), why_not=_some),
    Action("return.another", "Another RMA", "One more of the same order.", ("m",), "RMA", ONE,
           lambda screen: _creating().create_another(screen), why_not=_write, former=("N",)),
    Action("return.import", "Import", "RMAs from a CSV file, after a preview.", ("i",), "RMA", ("returns",),
           lambda screen: _creating().import_file(screen), why_not=why_not.write, former=("F",)),
)  # fmt: skip
