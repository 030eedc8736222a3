"""Actions of shipping, from the accepted order to the parcel."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, ORDERS, Action
from bmtui.tui.actions.why_not import Context
from bmtui.words import EffectKind, label

if TYPE_CHECKING:
    from bmtui.desk.shipping.views import ShipmentView


def _acts() -> ModuleType:
    from bmtui.tui.shipping import acts

    return acts


def _shipments_csv() -> ModuleType:
    from bmtui.tui.shipping import shipments_csv

    return shipments_csv


def _to_ship(context: Context) -> str | None:
    order = context.order
    if (why := why_not.order_write(context)) or order is None:
        return why
    if order.channel_status == "awaiting_payment":
        return "It waits for the buyer's payment: it can be neither accepted nor shipped before."
    return "It is not accepted yet: press a." if order.channel_status == "to_accept" else None


def _shipment(context: Context) -> ShipmentView | None:
    from bmtui.desk.shipping.views import ShipmentView

    return context.get(ShipmentView)


def _upload(context: Context) -> str | None:
    return None if _shipment(context) else "There is no upload under the cursor."


def _failed(context: Context) -> str | None:
    one = _shipment(context)
    if context.read_only or one is None:
        return why_not.write(context) or _upload(context)
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


def _shippable(context: Context) -> bool:
    order = context.order
    if order is None:
        return False
    return order.must_ship and order.status == "in_process" and order.channel_status != "to_accept"


def _ship(context: Context) -> str | None:
    return "" if context.order is None else "Ship" if _shippable(context) else None


def _scan(context: Context) -> str | None:
    return "" if context.order is None else "Scan" if _shippable(context) else None


def _identify(context: Context) -> str | None:
    return "" if context.order is None else "IMEI" if _shippable(context) else None


def _upload_trouble(context: Context) -> str | None:
    from bmtui.tui.widgets.meanings import Meaning, of_effect

    order = context.order
    failed = order is not None and any(
        of_effect(order.effects.get(kind, "")) is Meaning.LATE for kind in (EffectKind.SHIP, EffectKind.IDENTIFIERS)
    )
    return "Failed upload" if failed else ""


ACTIONS: tuple[Action, ...] = (
    Action(
        "order.ship",
        "Ship",
        "Tracking number, carrier, IMEI and serial numbers.",
        ("t",),
        "Fulfilment",
        ORDERS,
        lambda screen: _acts().ship(screen),
        destructive=True,
        why_not=_to_ship,
        hint=2,
        use=_ship,
        after="order.accept",
    ),
    Action(
        "order.identify",
        "IMEI and serial numbers",
        "By what the pieces of the order are known; registered after the shipment.",
        ("N",),
        "Fulfilment",
        ORDERS,
        lambda screen: _acts().identify(screen),
        destructive=True,
        why_not=why_not.order_write,
        hint=4,
        use=_identify,
    ),
    Action(
        "desk.queue",
        "Queue of the day",
        "What has to leave, the most urgent first.",
        ("d", "f5"),
        "Fulfilment",
        ("search",),
        lambda screen: _acts().queue(screen),
        after="order.stock",
    ),
    Action(
        "desk.scan",
        "Scan station",
        "Order, device, label: three scans ship an order.",
        ("X", "f7"),
        "Fulfilment",
        EVERYWHERE,
        lambda screen: _acts().scan(screen),
        not_in=("scan",),
        why_not=why_not.write,
        hint=3,
        use=_scan,
        brief="Scan",
    ),
    Action(
        "desk.uploads",
        "Uploads",
        "Shipments that Back Market does not know of yet, and why.",
        ("F", "f6"),
        "Fulfilment",
        EVERYWHERE,
        lambda screen: _acts().uploads(screen),
        not_in=("uploads",),
        use=_upload_trouble,
    ),
    Action(
        "desk.shipments",
        "Shipments from a file",
        "CSV or TSV of order, tracking, carrier, identifiers: a preview by row, then Save.",
        ("P", "f9"),
        "Fulfilment",
        ("search", "uploads"),
        lambda screen: _shipments_csv().do_import(screen),
        destructive=True,
        why_not=why_not.write,
    ),
    Action(
        "upload.open",
        "Open",
        "The order of the shipment.",
        ("enter", "o"),
        "Fulfilment",
        ("uploads",),
        lambda screen: _acts().open_shipment(screen),
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
        lambda screen: _acts().retry_upload(screen),
        why_not=_retry,
        hint=2,
    ),
    Action(
        "upload.notified",
        "Mark notified",
        "Back Market knows of it by other ways.",
        ("n",),
        "Fulfilment",
        ("uploads",),
        lambda screen: _acts().mark_notified(screen),
        why_not=_failed,
        former=("N",),
        hint=3,
    ),
    Action(
        "upload.dismiss",
        "Dismiss",
        "The shipment is void; the order can be shipped anew.",
        ("x",),
        "Fulfilment",
        ("uploads",),
        lambda screen: _acts().dismiss(screen),
        destructive=True,
        why_not=_failed,
        hint=4,
    ),
)
