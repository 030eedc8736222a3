"""BackShip: the parcels for which Back Market supplies the label (API §9), as values, and the reading of them.

Their fields are hardly documented. What names the parcel, its order and its label is read strictly; anything else that
comes in an unexpected shape is left out, so that it never stands between a person and the label.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bmtui.channel.fields import Fields
from bmtui.errors import NotUnderstood


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Parcel: a delivery to a customer, or a return from one. `parcel_id` is the channel's, as text."""

    parcel_id: str
    order_id: int | None = None
    orderline_ids: tuple[int, ...] = ()
    label_url: str = ""
    """Address of the label, "" until the line is accepted (API §9); fetched without the token (`documents`)."""
    state: str = ""
    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    return_reason: str = ""
    hub_scanned: bool = False
    """True once the carrier has scanned the parcel."""
    created_at: datetime | None = None
    picked_up_at: datetime | None = None
    delivered_at: datetime | None = None


def read_delivery(raw: object) -> Parcel:
    """The delivery in `raw`, a JSON value. Only its number is required, as `shipmentId` or `id`.

    Raises:
        NotUnderstood: it is no object, or its number, order, lines or label is of the wrong kind; `path` names the
            field.
    """
    return _read(Fields(raw, "a BackShip delivery"))


def read_return(raw: object) -> Parcel:
    """The return in `raw`, a JSON value; as `read_delivery`."""
    return _read(Fields(raw, "a BackShip return"))


def _read(parcel: Fields) -> Parcel:
    parcel_id = parcel.text("shipment_id") or parcel.text("id")
    if not parcel_id:
        raise parcel.wrong("shipment_id", "a number or text is")
    order_id = parcel.integer("order_id", None, low=0)
    if order_id is None:
        order = parcel.part_unless_number("order")
        order_id = order.integer("order_id", None, low=0) if order else parcel.integer("order", None, low=0)
    alone = parcel.integer("orderline_id", None, low=0)
    lines = (
        line if isinstance(line, int) else line.required_integer("id", low=0)
        for line in parcel.objects_or_numbers("orderlines")
    )
    return Parcel(
        parcel_id=parcel_id,
        order_id=order_id,
        orderline_ids=tuple(lines) if alone is None else (alone,),
        label_url=parcel.text("label_url") or parcel.text("label"),
        state=_loose(parcel, "state", "status"),
        carrier=_loose(parcel, "carrier_name", "carrier", "shipper"),
        tracking_number=_loose(parcel, "tracking_number"),
        tracking_url=_loose(parcel, "tracking_url"),
        return_reason=_loose(parcel, "return_reason"),
        hub_scanned=parcel.get("hub_scanned") is True,
        created_at=_loose_instant(parcel, "date_creation"),
        picked_up_at=_loose_instant(parcel, "date_pickup"),
        delivered_at=_loose_instant(parcel, "date_delivery"),
    )


def _loose(parcel: Fields, *names: str) -> str:
    """Return the first of the fields that is a text or a number, as text; "" when none is."""
    for name in names:
        try:
            text = parcel.text(name)
        except NotUnderstood:
            continue
        if text:
            return text
    return ""


def _loose_instant(parcel: Fields, name: str) -> datetime | None:
    try:
        return parcel.instant(name)
    except NotUnderstood:
        return None
