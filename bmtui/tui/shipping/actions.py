"""From paid to parcel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import ORDERS, Action, Handler, Many
from bmtui.tui.actions.why_not import Context
from bmtui.words import label

if TYPE_CHECKING:
    from bmtui.desk.core.context import Desk
    from bmtui.desk.core.views import OrderRow
    from bmtui.desk.shipping.views import ShipmentView


def _do(name: str) -> Handler:
    """A function of `bmtui.tui.shipping.acts`, which is imported when it is needed."""

    def handler(screen: Any) -> Any:
        from bmtui.tui.shipping import acts

        return getattr(acts, f"do_{name}")(screen)

    return handler


async def _gather_accept(screen: Any, rows: Sequence[OrderRow]) -> Any:
    from bmtui.tui.shipping import acts

    return await acts.gather_accept(screen, rows)


def _accept(desk: Desk, row: OrderRow, answer: Any) -> str:
    from bmtui.tui.shipping import acts

    return acts.accept(desk, row, answer)


async def _gather_papers(screen: Any, rows: Sequence[OrderRow]) -> Any:
    """One document for all of them: there is nothing more to be done to each."""
    from bmtui.tui.overview import papers

    return await papers.make(screen, rows)


async def _import(screen: Any) -> None:
    from bmtui.tui.shipping import shipments_csv

    await shipments_csv.do_import(screen)


def _to_accept(context: Context) -> str | None:
    order = context.order
    if (why := why_not.order_write(context)) or order is None:
        return why
    if order.channel_status == "awaiting_payment":
        return "It waits for the buyer's payment: it can be neither accepted nor shipped before."
    return (
        None if order.channel_status == "to_accept" else f"It is {label(order.channel_status)}: nothing is to accept."
    )


def _to_ship(context: Context) -> str | None:
    order = context.order
    if (why := why_not.order_write(context)) or order is None:
        return why
    if order.channel_status == "awaiting_payment":
        return "It waits for the buyer's payment: it can be neither accepted nor shipped before."
    return "It is not accepted yet: press a." if order.channel_status == "to_accept" else None


def _read_only(context: Context) -> str | None:
    return why_not.READ_ONLY if context.read_only else None


def _shipment(context: Context) -> ShipmentView | None:
    from bmtui.desk.shipping.views import ShipmentView

    return context.get(ShipmentView)


def _upload(context: Context) -> str | None:
    return None if _shipment(context) else "There is no upload under the cursor."


def _failed(context: Context) -> str | None:
    one = _shipment(context)
    if context.read_only or one is None:
        return _read_only(context) or _upload(context)
    if one.open_state == "unknown":
        return "Nobody knows what became of it: 'bmtui outbox settle' says it."
    return (
        None
        if one.open_state in ("failed", "kept")
        else f"It is {label(one.open_state)}: wait, or withdraw it from the outbox (Q)."
    )


def _retry(context: Context) -> str | None:
    one = _shipment(context)
    if one is not None and one.state == "kept":
        return "It is kept here: Back Market takes one shipment for the whole order."
    return _failed(context)


ACTIONS: tuple[Action, ...] = (
    Action(
        "order.accept",
        "Accept",
        "Promise Back Market that it ships; the order is read again first.",
        ("a",),
        "Fulfilment",
        ORDERS,
        _do("accept"),
        destructive=True,
        why_not=_to_accept,
        many=Many(_gather_accept, _accept),
        hint=11,
    ),
    Action(
        "order.ship",
        "Ship",
        "Tracking number, carrier, IMEI and serial numbers.",
        ("t",),
        "Fulfilment",
        ORDERS,
        _do("ship"),
        destructive=True,
        why_not=_to_ship,
        hint=12,
    ),
    Action(
        "order.identify",
        "IMEI and serial numbers",
        "By what the pieces of the order are known; registered after the shipment.",
        ("N",),
        "Fulfilment",
        ORDERS,
        _do("identify"),
        destructive=True,
        why_not=why_not.order_write,
    ),
    Action(
        "order.papers",
        "Papers",
        "Delivery note, BackShip label, packing slip or pick list: saved or printed.",
        ("p", "f8"),
        "Fulfilment",
        ORDERS,
        _do("papers"),
        why_not=why_not.order,
        many=Many(_gather_papers, _accept),
    ),
    Action(
        "order.stock",
        "Stock of its SKUs",
        "Flag them as in stock or out of stock, for the acceptance rule.",
        ("O",),
        "Fulfilment",
        ORDERS,
        _do("stock"),
        why_not=why_not.order_write,
    ),
    Action(
        "desk.queue",
        "Queue of the day",
        "What has to leave, the most urgent first.",
        ("d", "f5"),
        "Fulfilment",
        ("search",),
        _do("queue"),
    ),
    Action(
        "desk.scan",
        "Scan station",
        "Order, device, label: three scans ship an order.",
        ("X", "f7"),
        "Fulfilment",
        ("search", "order", "uploads"),
        _do("scan"),
        why_not=_read_only,
    ),
    Action(
        "desk.uploads",
        "Uploads",
        "Shipments that Back Market does not know of yet, and why.",
        ("F", "f6"),
        "Fulfilment",
        ("search", "order", "jobs", "outbox"),
        _do("uploads"),
    ),
    Action(
        "desk.shipments",
        "Shipments from a file",
        "CSV or TSV of order, tracking, carrier, identifiers: a preview by row, then Save.",
        ("P", "f9"),
        "Fulfilment",
        ("search", "uploads"),
        _import,
        destructive=True,
        why_not=_read_only,
    ),
    Action(
        "upload.open",
        "Open",
        "The order of the shipment.",
        ("enter", "o"),
        "Fulfilment",
        ("uploads",),
        _do("open_shipment"),
        why_not=_upload,
        hint=1,
    ),
    Action(
        "upload.retry",
        "Retry",
        "Upload it again.",
        ("R",),
        "Fulfilment",
        ("uploads",),
        _do("retry_upload"),
        why_not=_retry,
        hint=2,
    ),
    Action(
        "upload.notified",
        "Mark notified",
        "Back Market knows of it by other ways.",
        ("N",),
        "Fulfilment",
        ("uploads",),
        _do("mark_notified"),
        why_not=_failed,
        hint=3,
    ),
    Action(
        "upload.dismiss",
        "Dismiss",
        "The shipment is void; the order can be shipped anew.",
        ("x",),
        "Fulfilment",
        ("uploads",),
        _do("dismiss"),
        destructive=True,
        why_not=_failed,
        hint=4,
    ),
)
