"""Back Market's own shipping: the deliveries and returns that it makes labels for (API §9), in camelCase."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bmtui.sandbox.after_sales.care import Care
from bmtui.sandbox.after_sales.folders import Folder
from bmtui.sandbox.errors import Refused
from bmtui.sandbox.orders.catalogue import CARRIERS
from bmtui.sandbox.orders.practice_orders import ACCEPTED, Order
from bmtui.sandbox.shared_state import SharedState

_PAID: Final = frozenset({1, 3, 9})


@dataclass(frozen=True)
class ShippingQuery:
    """The filters of both lists; bounds are inclusive."""

    order_id: int | None = None
    order_state: int | None = None
    hub_scanned: bool | None = None
    created: tuple[datetime | None, datetime | None] = (None, None)
    picked_up: tuple[datetime | None, datetime | None] = (None, None)

    def wants(self, order: Order, scanned: bool, created: datetime, picked_up: datetime | None) -> bool:
        return (
            self.order_id in (None, order.order_id)
            and self.order_state in (None, order.payload["state"])
            and self.hub_scanned in (None, scanned)
            and _within(created, self.created)
            and _within(picked_up, self.picked_up)
        )


class BackShip:
    """A delivery for each paid BackShip order, a return for each return label that was made for one."""

    def __init__(self, state: SharedState, care: Care) -> None:
        self._state = state
        self._care = care

    def deliveries(self, query: ShippingQuery) -> list[dict[str, Any]]:
        with self._state.lock:
            return [
                self._delivery(order)
                for order in self._orders()
                if query.wants(order, _scanned(order), order.created, order.shipped)
            ]

    def delivery(self, number: int) -> dict[str, Any]:
        """Return the delivery. Raises Refused (404)."""
        with self._state.lock:
            for order in self._orders():
                if delivery_id(order) == number:
                    return self._delivery(order)
            raise Refused("Delivery entry not found", 404)

    def returns(self, query: ShippingQuery) -> list[dict[str, Any]]:
        with self._state.lock:
            return [
                self._return(folder)
                for folder in self._care.returning()
                if query.wants(folder.order, folder.state == 9, folder.created, _sent_back(folder))
            ]

    def one_return(self, number: int) -> dict[str, Any]:
        """Return the return parcel. Raises Refused (404)."""
        with self._state.lock:
            for folder in self._care.returning():
                if folder.label_id == number:
                    return self._return(folder)
            raise Refused("Return entry not found", 404)

    def _orders(self) -> Iterable[Order]:
        self._state.catch_up()
        for order in self._state.orders.values():
            if order.payload["is_backship"] and order.payload["state"] in _PAID:
                yield order

    def _delivery(self, order: Order) -> dict[str, Any]:
        payload = order.payload
        label = f"{self._state.base}/label/{delivery_id(order)}.pdf" if order.labelled else None
        return {
            "order": order.order_id,
            "shipmentId": delivery_id(order),
            "carrierId": carrier_id(payload),
            "orderlines": [line["id"] for line in order.lines if line["state"] in ACCEPTED or line["state"] == 1],
            "referenceNumber": f"1-{order.order_id}",
            "trackingNumber": payload["tracking_number"],
            "trackingUrl": payload["tracking_url"],
            "carrierName": payload["shipper_display"],
            "hubScanned": _scanned(order),
            "invoicedCurrency": payload["currency"],
            "invoicedPrice": 6 + order.order_id % 7,
            "datePickup": _written(order, order.shipped),
            "dateCreation": order.certain(order.created),
            "dateDelivery": _written(order, order.delivered),
            "labelUrl": label,
            "type": "DELIVERY",
            "pickupInfo": {
                "confirmationNumber": f"{order.order_id % 10_000}NB" if order.shipped else None,
                "datePickupActual": _written(order, order.shipped),
                "datePickupRangeStart": None,
                "datePickupRangeEnd": None,
                "datePickupRequested": order.shipped.date().isoformat() if order.shipped else None,
                "isCanceled": False,
                "pickupId": delivery_id(order) % 1_000_000,
            },
        }

    def _return(self, folder: Folder) -> dict[str, Any]:
        order = folder.order
        tracking = f"R{folder.label_id}{order.payload['country_code'][-2:].upper()}"
        arrived = folder.closed if folder.state == 9 else None
        return {
            "orderId": order.order_id,
            "orderlineId": folder.line["id"],
            "shipmentId": folder.label_id,
            "dateCreation": order.certain(folder.created),
            "referenceNumber": f"1-{order.order_id}-{folder.folder_id}",
            "trackingNumber": tracking,
            "trackingUrl": f"https://carrier.example.com/track/{tracking}",
            "carrierId": carrier_id(order.payload),
            "carrierName": order.payload["shipper_display"],
            "hubScanned": folder.state == 9,
            "datePickup": _written(order, _sent_back(folder)),
            "dateDelivery": _written(order, arrived),
            "label": self._care.label_url(folder),
            "invoicedPrice": 6 + order.order_id % 7,
            "invoicedCurrency": order.payload["currency"],
            "type": "RETURN",
        }


def delivery_id(order: Order) -> int:
    """The `shipmentId` of an order's delivery."""
    return order.order_id - 60_000_000


def carrier_id(payload: Mapping[str, Any]) -> int:
    """The number of an order's carrier; 77 for one that the marketplace does not know."""
    carrier = payload["shipper_display"]
    return CARRIERS.index(carrier) + 1 if carrier in CARRIERS else 77


def _scanned(order: Order) -> bool:
    return order.shipped is not None


def _sent_back(folder: Folder) -> datetime | None:
    """A parcel is on its way back for a day before its folder is closed."""
    return max(folder.created, folder.closed - timedelta(days=1)) if folder.closed else None


def _written(order: Order, when: datetime | None) -> str | None:
    return order.certain(when) if when else None


def _within(when: datetime | None, bounds: tuple[datetime | None, datetime | None]) -> bool:
    first, last = bounds
    if when is None:
        return first is None and last is None
    return (first is None or when >= first) and (last is None or when <= last)
