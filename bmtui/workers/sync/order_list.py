"""Reads of the order list into the inbox, several pages at once, without losing an order when pages drift (API §3)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from math import prod

from bmtui.channel.client import OrdersPage
from bmtui.desk.core.context import Desk
from bmtui.desk.sync import download as downloads
from bmtui.desk.sync import inbox
from bmtui.queue.jobs import Progress
from bmtui.queue.worker import JobContext
from bmtui.store.models import Company
from bmtui.text import how_many
from bmtui.workers.company_channel import Access

PAGE_SIZE = 50
FIRST_SIZE = 49
"""Size of the first page: neither the channel's default nor its most, so that the answer shows if sizes count."""
SMALLEST_PAGE = 10
"""Page size of the channel's default (API §3), should it ignore ours."""
PAGES_AT_ONCE = 4
"""Number of pages read at once; with a real server nearly four times as fast as one (performance, Download)."""
MAX_READINGS = 5
MAX_STEPS_BACK = 30
"""Largest number of steps back in one reading: a list that moves all the time must not keep it for ever."""

_Page = tuple[int, int]
"""Page: its number, and how many orders a page has."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Filter of the order list: both times are lower bounds and aware."""

    created_since: datetime | None = None
    modified_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Position in the list: the last stored page and its size, the reading's number, and the channel's order count.

    `ids`: the last orders that were read so far. `back`: how often this reading had to step back.
    `plain`: the channel uses another page size than it is asked for, so that pages cannot overlap.
    `shrank`: during this reading, the list may have become shorter without the reading having followed.
    """

    page: int = 1
    reading: int = 1
    count: int = 0
    shrank: bool = False
    size: int = FIRST_SIZE
    ids: Sequence[object] = ()
    back: int = 0
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """Result of reading a list: the last position, and how many different orders came.

    `shrank` of that position says that some may be missing all the same. `note`: a sentence about a wrong count.
    """

    place: Place
    seen: int
    note: str = ""


async def read(job: JobContext, access: Access, listing: Listing, place: Place, look: Callable[[object], None]) -> Read:
    """Fetch all orders of the list.

    Pages overlap by an order, for which their sizes vary: two pages that share an order leave none out between them,
    however the list moved meanwhile. Where they share none, the page before is read once more. A count cannot tell:
    while one order leaves the list and another comes, it stays.

    When fewer orders came than the channel counts, or pages cannot overlap and the list became shorter, the list is
    read again, up to `MAX_READINGS` times in all. Two readings in a row that brought the same orders under the same
    count are complete: then it is the count that is wrong.

    Args:
        look: is shown each order as it came.
    """
    before: tuple[int, set[object]] | None = None
    while True:
        whole, keys = place.page == 1, set[object]()

        def look_too(raw: object, keys: set[object] = keys) -> None:
            keys.add(inbox.key(raw))
            look(raw)

        place = await _read_once(job, access, listing, place, look_too)
        seen = await access.desk.store.read(inbox.seen, job.claim.job_id)
        # What the job fetched in earlier readings and attempts must not make up for what is missing from this one; only
        # one that went on after a stop has to count it.
        came = len(keys) if whole else seen
        if came >= place.count and not place.shrank:
            return Read(place, seen)
        if whole and not place.shrank and before == (place.count, keys):
            agree = f"and two readings brought the same {came:,}: the count is wrong."
            note = f"Back Market counts {how_many(place.count, 'order')}, {agree}"
            await job.note(Progress(log=note))
            return Read(place, seen, note)
        if place.reading == MAX_READINGS:
            return Read(replace(place, shrank=True), seen)
        before = (place.count, keys) if whole and not place.shrank else None
        why = (
            "the list became shorter meanwhile"
            if place.shrank
            else f"{came:,} of {how_many(place.count, 'order was', 'orders were')} received"
        )
        await job.note(Progress(log=f"Reading the list again: {why}."))
        place = Place(reading=place.reading + 1)


async def _read_once(
    job: JobContext, access: Access, listing: Listing, place: Place, look: Callable[[object], None]
) -> Place:
    """Read the list once, from the page of `place` on.

    After a stop, the page kept last is read once more: while nobody read, orders may have slipped to it.
    """
    company_id, job_id = access.company.id, job.claim.job_id
    ahead: _Page | None = (place.page, place.size)
    while ahead is not None:
        await job.checkpoint()
        # Turned off, nothing more is asked for; what came is kept, and a retry goes on from here.
        await access.desk.store.read(_still_on, access.desk, company_id)
        asked = _plan(place, ahead)
        pages, failure = await _fetch(access, listing, asked)
        for at, page in enumerate(pages, 1):
            place, ahead = _follow(place, page, asked[at - 1][1])
            if ahead not in asked[at : at + 1]:
                break
        results: list[object] = [raw for page in pages for raw in page.results]
        for raw in results:
            look(raw)

        def keep(place: Place = place, results: list[object] = results) -> tuple[None, Progress]:
            inbox.keep(company_id, job_id, results, access.desk.now())
            seen = inbox.seen(job_id)
            return None, Progress(
                phase=f"page {place.page}" + (f", reading {place.reading}" if place.reading > 1 else ""),
                total=place.count,
                processed=seen,
                succeeded=seen,
                cursor=asdict(place),
            )

        if pages:
            await job.commit(keep)
        if failure is not None:
            raise failure
        if ahead is not None and place.page > place.count // SMALLEST_PAGE + 10:
            # A channel that ignores `page` would never come to an end.
            await job.note(Progress(log=f"Page {place.page} and still no end; this reading stops.", log_is_error=True))
            return place
    return place


def _still_on(desk: Desk, company_id: int) -> None:
    """Check the settings again. Raises RuleRefused when they forbid an import by now."""
    downloads.may_run(desk, Company.get_by_id(company_id))


def _plan(place: Place, first: _Page) -> list[_Page]:
    """Return the pages to request at once: `first`, and the next ones as far as the channel counts."""
    asked = [first]
    while len(asked) < PAGES_AT_ONCE and asked[-1][0] * asked[-1][1] < place.count:
        asked.append(_next(*asked[-1], plain=place.plain))
    return asked


def _next(number: int, size: int, *, plain: bool) -> _Page:
    """Return the largest page that begins before this one ends; the page after it if pages cannot overlap."""
    if plain:
        return number + 1, PAGE_SIZE
    last = number * size - 1
    return max(((last // other + 1, other) for other in range(SMALLEST_PAGE, PAGE_SIZE + 1)), key=prod)


def _follow(place: Place, page: OrdersPage, size: int) -> tuple[Place, _Page | None]:
    """Return the position after this page, and the page to go on with; None at the end of the list."""
    ids = [raw.get("order_id") for raw in page.results if isinstance(raw, dict)]
    count = page.count if page.results else place.count
    # Behind a page that was not full there was nothing when we read it.
    behind = not ids and len(place.ids) < place.size
    joined = page.page == 1 or behind or any(order_id in place.ids for order_id in ids if order_id is not None)
    unheeded = len(ids) != size and not page.last if page.page == 1 else len(ids) > size and not joined
    plain = place.plain or unheeded
    shrank = place.shrank or (plain and count < place.count)
    if not (plain or joined):
        if place.back < MAX_STEPS_BACK:
            return replace(place, count=count, back=place.back + 1), (page.page - 1, size)
        shrank = True
    place = Place(page.page, place.reading, count, shrank, size, ids, place.back, plain)
    return place, None if page.last else _next(page.page, size, plain=plain)


async def _fetch(
    access: Access, listing: Listing, asked: Sequence[_Page]
) -> tuple[list[OrdersPage], BaseException | None]:
    """Fetch these pages, in order; returns the pages before the first failure, and the failure."""

    async def one(number: int, size: int) -> OrdersPage:
        await access.turn()
        request = access.channel.orders(
            page=number,
            page_size=size,
            created_since=listing.created_since,
            modified_since=listing.modified_since,
        )
        return await access.call(request)

    answers = await asyncio.gather(*(one(*page) for page in asked), return_exceptions=True)
    pages: list[OrdersPage] = []
    for answer in answers:
        if isinstance(answer, BaseException):
            return pages, answer
        pages.append(answer)
        if answer.last:
            break
    return pages, None
