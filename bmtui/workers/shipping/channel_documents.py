"""Documents from the channel: the delivery note, and the label of a BackShip parcel (API §4, §9).

Their links expire: the order is read again for each, and the document is fetched from its link, without the token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bmtui.channel.backship import read_delivery
from bmtui.channel.documents import fetch_document
from bmtui.channel.reading import read_order
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.errors import RuleRefused, Throttled
from bmtui.queue.worker import Reschedule
from bmtui.store.models import Order
from bmtui.workers.company_channel import Access, open_access

Url = Callable[[Access], Awaitable[str]]


async def delivery_note(desk: Desk, order_id: int) -> bytes:
    """Return the delivery note of an order, a PDF.

    Raises:
        NotFound, RuleRefused: it has none yet. ChannelError: it could not be fetched, or is no PDF.
    """

    async def url(access: Access) -> str:
        found = read_order(await access.call(access.channel.order(order_id))).delivery_note
        if not found:
            raise RuleRefused(f"Order {order_id} has no delivery note yet.", "Back Market makes it after acceptance.")
        return found

    return await _fetched(desk, order_id, url)


async def label(desk: Desk, order_id: int) -> bytes:
    """Return the label that Back Market supplies for a BackShip order, a PDF.

    Raises:
        NotFound, RuleRefused: it has none (yet). ChannelError: it could not be fetched, or is no PDF.
    """

    async def url(access: Access) -> str:
        page = await access.call(access.channel.deliveries(order_id=order_id))
        links = [parcel.label_url for parcel in map(read_delivery, page.results) if parcel.order_id in (order_id, None)]
        found = next(filter(None, links), "")
        if not found:
            raise RuleRefused(
                f"Back Market has no label for order {order_id}.", "It supplies one for BackShip orders, once accepted."
            )
        return found

    return await _fetched(desk, order_id, url)


async def _fetched(desk: Desk, order_id: int, url: Url) -> bytes:
    order: Order = await desk.read(orders.order_row, order_id)
    try:
        async with open_access(desk, order.company_id) as access:
            await access.turn()
            link = await url(access)
    except Reschedule as again:
        raise Throttled(str(again), "Try again then.", retry_after_s=again.delay_s) from again
    return await fetch_document(link)
