"""What is done with returns (RMA)."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, ORDERS, Action
from bmtui.tui.actions.why_not import READ_ONLY, Context

if TYPE_CHECKING:
    from bmtui.desk.returns.views import ReturnRow


ONE = ("returns", "return")
"""The screens with an RMA to act on."""


def _act(name: str, room: str = "acts") -> Callable[[Any], Any]:
    """What a room of `bmtui.tui.returns` does under this name, imported when it is needed."""

    def handler(screen: Any) -> Any:
        return getattr(importlib.import_module(f"bmtui.tui.returns.{room}"), name)(screen)

    return handler


def _row(context: Context) -> ReturnRow | None:
    from bmtui.desk.returns.views import ReturnRow

    return context.get(ReturnRow)


def _some(context: Context) -> str | None:
    return None if _row(context) else "There is no RMA under the cursor."


def _may_write(context: Context) -> str | None:
    return READ_ONLY if context.read_only else None


def _write(context: Context) -> str | None:
    return _some(context) or _may_write(context)


def _open(context: Context) -> str | None:
    row = _row(context)
    if row is not None and row.status == "closed":
        return f"RMA {row.rma_id} is closed: t opens it again."
    return _write(context)


ACTIONS: tuple[Action, ...] = (
    Action(
        "order.rma",
        "Return (RMA)",
        "The order's RMA; creates one when there is none.",
        ("m",),
        "RMA",
        ORDERS,
        _act("of_order", "creating"),
        why_not=why_not.order,
    ),
    Action("desk.returns", "All RMAs", "Every return, with filters.", ("M",), "RMA", EVERYWHERE, _act("listing"),
           not_in=("returns", "job", "return", "invoice_queue")),
    Action("return.open", "Open", "Everything about the RMA.", ("enter",), "RMA", ("returns",), "do_open",
           why_not=_some, hint=1),
    Action("return.filter", "Filter", "By status, reason, resolution and more.", ("slash",), "RMA", ("returns",),
           "do_filter", hint=2),
    Action("return.receive", "Receive", "What arrived, with the IMEI that came back.", ("v",), "RMA", ONE,
           _act("receive"), why_not=_open, hint=3),
    Action("return.approve", "Approve or reject", "Decide about what the customer sends back.", ("a",), "RMA", ONE,
           _act("approve"), why_not=_open),
    Action("return.resolve", "Resolution", "Refund, Replace, Reject, Exchange, Repair or no action.", ("d",), "RMA",
           ONE, _act("resolve"), why_not=_open, hint=4, brief="Decide"),
    Action("return.refund", "Refund", "Give money back for what comes back.", ("r",), "RMA", ONE, _act("refund"),
           destructive=True, why_not=_open, hint=5),
    Action("return.status", "Status", "Hold, go on, close, or open again.", ("t",), "RMA", ONE, _act("set_status"),
           why_not=_write),
    Action("return.cancel", "Cancel Order Internally", "The shipped order, once all of it came back.", ("c",), "RMA",
           ONE, _act("cancel_order"), destructive=True, why_not=_write),
    Action("return.note", "Note", "About the parcel, or for ourselves.", ("n",), "RMA", ONE, _act("note"),
           why_not=_write),
    Action("return.label", "Fetch the return label", "From Back Market, with its tracking number.", ("l",), "RMA", ONE,
           _act("fetch_label"), why_not=_open),
    Action("return.track", "Tracking", "How the parcel comes back.", ("T",), "RMA", ONE, _act("track"), why_not=_open),
    Action("return.attach", "Attach a file", "Keep a copy of a document with the RMA.", ("f",), "RMA", ONE,
           _act("attach"), why_not=_write),
    Action("return.order", "Order", "The order that comes back.", ("o",), "RMA", ONE, _act("open_order"),
           why_not=_some),
    Action("return.folder", "After-sales folder", "What the customer wrote.", ("e",), "RMA", ONE, _act("open_folder"),
           why_not=_some),
    Action("return.another", "Another RMA", "One more of the same order.", ("N",), "RMA", ONE,
           _act("create_another", "creating"), why_not=_write),
    Action("return.import", "Import", "RMAs from a CSV file, after a preview.", ("F",), "RMA", ("returns",),
           _act("import_file", "creating"), why_not=_may_write),
)  # fmt: skip
