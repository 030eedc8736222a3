"""Delivery notes, labels and attachments as small, real PDF files, which need no token (API §4, §9)."""

from typing import Any

from bmtui.sandbox.after_sales.care import Care
from bmtui.sandbox.errors import Refused
from bmtui.sandbox.orders.practice_orders import Order, has_delivery_note
from bmtui.sandbox.pdf import A4, LABEL, Size, pdf
from bmtui.sandbox.shared_state import SharedState
from bmtui.sandbox.shipping.backship import delivery_id


class Documents:
    """Documents in the bucket. Raises Refused: 404 for a missing one, 403 for a link that is expired or forged."""

    def __init__(self, state: SharedState, care: Care) -> None:
        self._state = state
        self._care = care

    def read(self, path: str, signature: str, expires: str) -> tuple[bytes, str]:
        """Content and media type of the document at `path`, such as `/delivery_note/80112907.pdf`."""
        with self._state.lock:
            _, kind, name = path.split("/", 2)
            number = name.removesuffix(".pdf")
            if not (number.isascii() and number.isdigit() and len(number) < 16):
                raise Refused("No such document", 404)
            match kind:
                case "delivery_note":
                    if not self._state.opens(path, signature, expires):
                        raise Refused("Request has expired", 403)
                    return self._delivery_note(int(number))
                case "label":
                    return self._label(int(number))
                case "return_label":
                    folder = self._care.folder_of_label(int(number))
                    return _pdf("Return label", [*_address(folder.order), f"Folder {folder.folder_id}"], LABEL)
                case "attachment":
                    return self._care.attachment(int(number))
            raise Refused("No such document", 404)

    def _delivery_note(self, order_id: int) -> tuple[bytes, str]:
        order = self._state.order(order_id)
        if not has_delivery_note(order, self._state.quirks):
            raise Refused("No such document", 404)
        lines = [f"{line['quantity']} x {line['listing']}  {line['product']}" for line in order.lines]
        return _pdf(f"Delivery note {order_id}", [*_address(order), "", *lines], A4)

    def _label(self, number: int) -> tuple[bytes, str]:
        order = next((order for order in self._state.orders.values() if delivery_id(order) == number), None)
        if order is None or not order.labelled:
            raise Refused("No such document", 404)
        tracking = order.payload["tracking_number"]
        return _pdf("Shipping label", [order.payload["shipper_display"], tracking, "", *_address(order)], LABEL)


def _address(order: Order) -> list[str]:
    address: dict[str, Any] = {
        name.lower().replace("_", ""): value for name, value in order.payload["shipping_address"].items()
    }
    return [
        f"{address['firstname']} {address['lastname']}",
        address["street"],
        address["street2"],
        f"{address['postalcode']} {address['city']} {address['country']}",
    ]


def _pdf(title: str, lines: list[str], size: Size) -> tuple[bytes, str]:
    return pdf(title, lines, size), "application/pdf"
