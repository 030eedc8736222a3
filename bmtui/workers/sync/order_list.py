"""Reads of the order list into the inbox, several pages at once, without losing an order when pages drift (API §3)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from math import prod

from bmtui.channel.client import OrdersPage
from bmtui.channel.reading import read_modified_at
from bmtui.channel.transport import running_s
from bmtui.desk.core.context import Desk
from bmtui.desk.sync import download as downloads
from bmtui.desk.sync import inbox, schedule
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
MAX_CATCH_UPS = 5
"""Largest number of catch-ups after one reading, each of which brought something new."""
MAX_STEPS_BACK = 30
"""Largest number of steps back in one reading, beside one a page: a list that moves all the time must not keep it for
ever."""

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
    `begun`: a moment before this reading began, by the channel's own time, as ISO 8601; empty where none is known.
    """

    page: int = 1
    reading: int = 1
    count: int = 0
    shrank: bool = False
    size: int = FIRST_SIZE
    ids: Sequence[object] = ()
    back: int = 0
    plain: bool = False
    begun: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """Result of reading a list: the last position, and how many different orders came.

    `shrank` of that position says that some may be missing all the same. `note`: a sentence about a wrong count.
    """

    place: Place
    seen: int
    note: str = ""

    @property
    def begun(self) -> datetime | None:
        """Moment before the last reading began, by the channel's own time: what changed until then has come."""
        return datetime.fromisoformat(self.place.begun) if self.place.begun else None


class _Reading:
    """Orders that one reading of the list brought in this attempt: their keys, and those that its catch-ups brought."""

    def __init__(self, place: Place) -> None:
        self.whole = place.page == 1
        self.keys = set[object]()
        self.caught = set[object]()
        self._began_s = running_s()
        self._newest: datetime | None = None

    def look(self, results: Sequence[object]) -> None:
        self.keys.update(map(inbox.key, results))
        seen = [at for raw in results if (at := read_modified_at(raw)) is not None]
        self._newest = max([*seen, self._newest] if self._newest is not None else seen, default=None)

    def dated(self, place: Place, now: datetime) -> Place:
        """Return `place` with the latest moment of which this reading proves that it is before its begin.

        No order is modified after it was read: the latest modification less the time since the begin is before the
        begin, whatever our clock says. A modification in the future counts as now. How long a stop took, nobody knows.
        """
        if self._newest is None or not self.whole:
            return place
        begun = min(self._newest, now) - timedelta(seconds=running_s() - self._began_s)
        return replace(place, begun=max(begun, datetime.fromisoformat(place.begun or begun.isoformat())).isoformat())

    async def came(self, job: JobContext, desk: Desk) -> int:
        """Count the orders of the reading.

        What the job fetched in earlier readings and attempts must not make up for what is missing from this one; only
        one that went on after a stop has to count it.
        """
        return len(self.keys) if self.whole else await desk.store.read(inbox.seen, job.claim.job_id)


async def read(job: JobContext, access: Access, listing: Listing, place: Place) -> Read:
    """Fetch all orders of the list.

    Pages overlap by an order, for which their sizes vary: two pages that share an order leave none out between them,
    however the list moved meanwhile. Where they share none, the page before is read once more. A count cannot tell:
    while one order leaves the list and another comes, it stays.

    When fewer orders came than the channel counts, what changed since the reading began is caught up with. When it is
    not that either, or pages cannot overlap, or the list became shorter without the reading having followed, the list
    is read again, up to `MAX_READINGS` times in all. Two readings in a row that brought the same orders, but for what
    changed meanwhile, and of which the same number is missing, are complete: then it is the count that is wrong.
    """
    before: tuple[int, set[object]] | None = None
    while True:
        reading = _Reading(place)
        place = await _read_once(job, access, listing, place, reading)
        if await reading.came(job, access.desk) < place.count and place.begun and not (place.shrank or place.plain):
            place = await _catch_up(job, access, listing, place, reading)
        came = await reading.came(job, access.desk)
        seen = await access.desk.store.read(inbox.seen, job.claim.job_id)
        if came >= place.count and not place.shrank:
            return Read(place, seen)
        missing = place.count - came
        whole = reading.whole and not place.shrank
        if whole and before and before[0] == missing and before[1] <= reading.keys <= before[1] | reading.caught:
            agree = f"and two readings brought the same {came:,}: the count is wrong."
            note = f"Back Market counts {how_many(place.count, 'order')}, {agree}"
            await job.note(Progress(log=note))
            return Read(place, seen, note)
        if place.reading == MAX_READINGS:
            return Read(replace(place, shrank=True), seen)
        before = (missing, reading.keys) if whole else None
        why = (
            "the list became shorter meanwhile"
            if place.shrank
            else f"{came:,} of {how_many(place.count, 'order was', 'orders were')} received"
        )
        await job.note(Progress(log=f"Reading the list again: {why}."))
        place = Place(reading=place.reading + 1)


async def _catch_up(job: JobContext, access: Access, listing: Listing, place: Place, reading: _Reading) -> Place:
    """Fetch what entered the list while it was read; returns the position with the count that the list has by then.

    Pages that overlap leave out no order that stood in the list all the time, in whatever order the list comes: an
    order that moved because others came or went is on one of two pages that share an order, and one that moved by
    itself was modified. So what can be missing was modified since the reading began, and the list of modifications has
    it. Of pages that cannot overlap that is not known: an order that slipped from one to another was not modified.

    The count is asked for anew after that, together with the newest orders: orders that came after the last page must
    not stand in for one that is missing.
    """
    desk = access.desk
    since = datetime.fromisoformat(place.begun) - schedule.OVERLAP
    changed = replace(listing, modified_since=max(since, listing.modified_since or since))
    joined = False
    for _ in range(MAX_CATCH_UPS):
        had = await reading.came(job, desk)
        log = (
            f"Reading what changed meanwhile: {had:,} of {how_many(place.count, 'order was', 'orders were')} received."
        )
        await job.note(Progress(log=log))
        later = _Reading(Place())
        caught = await _read_once(job, access, changed, Place(reading=place.reading), later, main=place)
        pages, failure = await _fetch(job, access, listing, [(1, FIRST_SIZE)])
        if failure is not None:
            raise failure
        place = replace(place, count=pages[0].count)
        await _keep(job, access, place, pages[0].results, place)
        reading.caught |= later.keys
        later.look(pages[0].results)
        reading.keys |= later.keys
        came = await reading.came(job, desk)
        joined = not (caught.shrank or caught.plain)
        if joined and (came >= place.count or came == had):
            return place
    return replace(place, shrank=not joined)


async def _read_once(
    job: JobContext,
    access: Access,
    listing: Listing,
    place: Place,
    reading: _Reading,
    main: Place | None = None,
) -> Place:
    """Read the list once, from the page of `place` on.

    After a stop, the page kept last is read once more: while nobody read, orders may have slipped to it.

    Args:
        main: the position at which to go on after a stop, where it is that of another list.
    """
    ahead: _Page | None = (place.page, place.size)
    while ahead is not None:
        asked = _plan(place, ahead)
        pages, failure = await _fetch(job, access, listing, asked)
        for at, page in enumerate(pages, 1):
            place, ahead = _follow(place, page, asked[at - 1][1])
            if ahead not in asked[at : at + 1]:
                break
        results: list[object] = [raw for page in pages for raw in page.results]
        reading.look(results)
        place = reading.dated(place, access.desk.now())
        if pages:
            await _keep(job, access, place, results, main or place)
        if failure is not None:
            raise failure
        if ahead is not None and place.page > place.count // SMALLEST_PAGE + 10:
            # A channel that ignores `page` would never come to an end.
            await job.note(Progress(log=f"Page {place.page} and still no end; this reading stops.", log_is_error=True))
            return place
    return place


async def _keep(job: JobContext, access: Access, place: Place, results: Sequence[object], main: Place) -> None:
    """Store orders together with the progress; a stopped job goes on at `main`."""

    def keep() -> tuple[None, Progress]:
        inbox.keep(access.company.id, job.claim.job_id, results, access.desk.now())
        seen = inbox.seen(job.claim.job_id)
        where = f"page {place.page}" if main is place else f"changes meanwhile, page {place.page}"
        return None, Progress(
            phase=where + (f", reading {place.reading}" if place.reading > 1 else ""),
            total=main.count,
            processed=seen,
            succeeded=seen,
            cursor=asdict(main),
        )

    await job.commit(keep)


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
    # A first page that was not full, with nothing behind it, is a short list whose count is wrong.
    plain = unheeded or (place.plain and not (behind and page.page == 2))
    shrank = place.shrank or (plain and count < place.count)
    if not (plain or joined):
        if place.back < MAX_STEPS_BACK + page.page:
            return replace(place, count=count, back=place.back + 1), (page.page - 1, size)
        shrank = True
    place = replace(place, page=page.page, count=count, shrank=shrank, size=size, ids=ids, plain=plain)
    return place, None if page.last else _next(page.page, size, plain=plain)


async def _fetch(
    job: JobContext, access: Access, listing: Listing, asked: Sequence[_Page]
) -> tuple[list[OrdersPage], BaseException | None]:
    """Fetch these pages, in order; returns the pages before the first failure, and the failure."""
    await job.checkpoint()
    # Turned off, nothing more is asked for; what came is kept, and a retry goes on from here.
    await access.desk.store.read(_still_on, access.desk, access.company.id)

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
