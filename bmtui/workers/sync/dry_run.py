"""Dry run of a download: compares without storing anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bmtui.channel.requests import instant
from bmtui.desk.core.context import Desk
from bmtui.desk.sync import download as downloads
from bmtui.desk.sync import inbox
from bmtui.errors import Throttled
from bmtui.queue.worker import Reschedule
from bmtui.workers.company_channel import open_access
from bmtui.workers.sync.order_list import PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Comparison:
    """Result of a dry run: `counts` of new, changed, unchanged and unreadable orders; `request` is the first sent."""

    company: str
    request: str
    counts: Mapping[str, int]


async def compare(desk: Desk, company: str | None, since: datetime) -> Comparison:
    """Read the order list and compare it with what is stored.

    Raises:
        RuleRefused: downloads are off. ChannelError: the channel was not reachable or refused us.
    """
    row = await desk.store.read(desk.company_row, company)
    await desk.store.read(downloads.may_run, desk, row)
    seen: dict[object, str] = {}
    async with open_access(desk, row.id) as access:
        number = 1
        while True:
            try:
                await access.turn()
            except Reschedule as again:
                raise Throttled(str(again), "Try again then.", retry_after_s=again.delay_s) from again
            page = await access.call(access.channel.orders(page=number, page_size=PAGE_SIZE, created_since=since))
            seen |= await desk.store.read(inbox.compare, row.id, page.results)
            # A page without anything new ends a list that has no end.
            if page.last or number > page.count:
                break
            number += 1
    counts = Counter(seen.values())
    return Comparison(
        row.name,
        f"GET {row.base_url}/ws/orders?page=1&page-size={PAGE_SIZE}&date_creation={instant(since)}",
        {name: counts[name] for name in (inbox.NEW, inbox.CHANGED, inbox.UNCHANGED, inbox.UNREADABLE)},
    )
