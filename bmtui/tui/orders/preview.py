"""The order under the cursor in a few lines, beside the list where there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo

from textual.timer import Timer

from bmtui.desk.core.views import address_lines
from bmtui.desk.orders.order_row import OrderRow
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.lines import Lines
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.text import Pieces, field, wrap
from bmtui.words import label

REST_S = 0.15
"""For how long the cursor rests before the preview follows: a held key would redraw it for each row."""


class Preview(Lines):
    """Follows the cursor, once it rests.

    Args:
        now: gives the time to the minute.
        zone: that of a company's clocks.
    """

    DEFAULT_CSS = "Preview { width: 48; height: 1fr; padding-left: 2; display: none; }"

    def __init__(self, now: Callable[[], datetime], zone: Callable[[str], tzinfo], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._now, self._zone = now, zone
        self._order: OrderRow | None = None
        self._next: OrderRow | None = None
        self._timer: Timer | None = None

    def follow(self, order: OrderRow | None) -> None:
        """Show this order soon."""
        self._next = order
        if self.display and self._timer is None and order != self._order:
            self._timer = self.set_timer(REST_S, self._show)

    def _show(self) -> None:
        self._timer = None
        self._order = self._next
        self.redraw()

    def lines(self) -> Sequence[Pieces]:
        if self._order is None:
            return ()
        return tuple(preview(self._order, self._zone(self._order.company), self._now(), self.content_size.width))


def preview(order: OrderRow, zone: tzinfo, now: datetime, width: int) -> Iterable[Pieces]:
    """What the row itself knows: nothing is read for it."""
    yield ((f"Order {order.order_id}", "title"),)
    yield from field("Back Market", label(order.channel_status), width)
    yield from field("Status", label(order.status), width)
    yield from field("Shipping", label(order.shipping_status), width)
    yield from field("Payment", label(order.payment_status), width)
    style = "bad" if order.is_late(now) else ""
    yield from field("Ship by", time_format.ship_by(order, zone, now), width, style)
    yield from field("Total", LOCAL.amount(order.total), width)
    yield from field("Refundable", LOCAL.amount(order.refundable), width)
    yield from field("Created", time_format.stamp(order.created_at, zone), width)
    yield from field("Market", order.market, width)
    yield ()
    yield (("SKUs", "dim"),)
    yield from (((line, ""),) for line in wrap(order.skus, width))
    yield (("Customer", "dim"),)
    for text in (order.customer_name, order.customer_email, order.customer_phone):
        yield from (((line, ""),) for line in wrap(text, width) if text)
    yield (("Ship to", "dim"),)
    for text in address_lines(order.ship_to):
        yield from (((line, ""),) for line in wrap(text, width))
    if order.tracking_number:
        yield from field("Tracking", order.tracking_number, width)
