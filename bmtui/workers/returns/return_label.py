"""Return labels: that of BackShip, or that of the after-sales folder (API §9)."""

from __future__ import annotations

import hashlib

from bmtui.channel.backship import Parcel, read_return
from bmtui.channel.documents import fetch_document
from bmtui.channel.uploads import FileRef
from bmtui.desk.core.context import Desk
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.views import ReturnView
from bmtui.errors import NotFound, NotUnderstood, Throttled
from bmtui.queue.worker import Reschedule
from bmtui.store.models import Company
from bmtui.workers.after_sales.folder_reading import folder_now
from bmtui.workers.company_channel import Access, open_access

_MOST_PAGES = 50


async def fetch(desk: Desk, rma_id: int) -> ReturnView:
    """Find the label and the tracking number on the channel, and keep both with the RMA.

    Raises:
        NotFound: no such RMA, or the channel has no label for it. RuleRefused: the RMA is closed.
        ChannelError: the channel or the label's host could not be asked.
    """
    desk.must_write()
    view = await desk.read(returns.show, rma_id)
    row = view.row
    company = await desk.store.read(lambda: Company.get(Company.name == row.company))
    try:
        async with open_access(desk, company.id) as access:
            parcel = await _parcel(access, view)
            if parcel is None and row.folder_id is not None:
                labels = (await folder_now(access, row.folder_id)).labels
                # One that was used already says where the parcel is as well as one that was not.
                url = next((label.url for label in sorted(labels, key=lambda label: label.state != "ALIVE")), "")
                parcel = Parcel(parcel_id="", label_url=url) if url else None
    except Reschedule as again:
        raise Throttled(str(again), "Try again then.", retry_after_s=again.delay_s) from again
    if parcel is None or not parcel.label_url:
        raise NotFound(
            f"Back Market has no return label for RMA {rma_id}.",
            "The customer gets one from the after-sales folder; record a parcel of theirs with 'bmtui returns track'.",
        )
    content = await fetch_document(parcel.label_url)
    digest = hashlib.sha256(content).hexdigest()
    file = FileRef("", digest, len(content), f"return-label-{rma_id}.pdf", "application/pdf")
    await desk.write(
        return_actions.track,
        rma_id,
        tracking=parcel.tracking_number or view.tracking_number,
        carrier=parcel.carrier or view.carrier,
        url=parcel.tracking_url or view.tracking_url,
        label_url=parcel.label_url,
    )
    return await desk.write(return_actions.store_document, rma_id, file, content)


async def _parcel(access: Access, view: ReturnView) -> Parcel | None:
    """Return the BackShip return of one of the RMA's lines; None without one."""
    mine = {item.line_id for item in view.items}
    for page in range(1, _MOST_PAGES + 1):
        await access.turn()
        found = await access.call(access.channel.returns(page=page, order_id=view.row.order_id))
        for raw in found.results:
            try:
                parcel = read_return(raw)
            except NotUnderstood:
                continue
            if parcel.order_id in (None, view.row.order_id) and mine & set(parcel.orderline_ids) and parcel.label_url:
                return parcel
        if found.last:
            break
    return None
