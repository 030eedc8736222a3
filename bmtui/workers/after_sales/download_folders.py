"""After-sales download: list the folders that changed, and read each of them completely (API §9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from bmtui.channel.care import FolderState, read_folder
from bmtui.desk.after_sales import folder_store
from bmtui.desk.core.context import Desk
from bmtui.desk.sync import download as downloads
from bmtui.errors import ChannelNotFound, NotUnderstood, Refused
from bmtui.queue.jobs import Progress
from bmtui.queue.worker import JobContext, Outcome
from bmtui.store.models import Company
from bmtui.text import how_many
from bmtui.words import JobStatus, Priority
from bmtui.workers.company_channel import CARE_DETAIL, CARE_LIST, Access, open_access

MOST_PAGES = 2_000
"""Largest number of pages of one listing; a list that never ends stops there, and the job says so."""


@dataclass
class _Tally:
    """Counts of a run so far."""

    seen: set[int] = field(default_factory=set)
    stored: list[int] = field(default_factory=list)
    read: int = 0
    failed: int = 0
    nameless: int = 0
    newest: datetime | None = None
    endless: bool = False


async def run(desk: Desk, job: JobContext) -> Outcome:
    """List what was modified since the watermark less a day, once a day all that is open, and read what changed.

    A folder is stored as soon as it was read. The watermark moves only after everything listed was dealt with: an
    attempt that was stopped lists again, and reads only what it has not stored.
    """
    company_id = cast(int, job.claim.company_id)
    company = await desk.store.read(Company.get_by_id, company_id)
    since = await desk.store.read(folder_store.modified_since, desk, company)
    sweeps = await desk.store.read(folder_store.sweep_is_due, desk, company_id)
    tally = _Tally()
    async with open_access(desk, company_id, polling=True) as access:
        await _list(job, access, tally, modified_since=since)
        if sweeps:
            await _list(job, access, tally, state=FolderState.OPEN)

    def end() -> tuple[None, Progress]:
        if not tally.endless:
            folder_store.move(desk, company_id, tally.newest, sweeps)
        missing = downloads.not_here(company_id, folder_store.orders_of(company_id, tally.stored))
        if missing and company.allow_order_download:
            fetched = missing[: downloads.MOST_BY_NUMBER]
            downloads.fetch(desk, company.name, fetched, priority=Priority.BELOW_NORMAL)
        text = f"{how_many(len(tally.seen), 'folder')} listed, {tally.read:,} of them new or changed."
        text += f" {len(missing):,} of their orders are not in bmtui." if missing else ""
        return None, Progress(phase="done", log=text)

    await job.commit(end)
    output = {"listed": len(tally.seen), "read": tally.read, "failed": tally.failed + tally.nameless}
    if tally.failed or tally.nameless or tally.endless:
        texts = [
            f"{how_many(tally.failed, 'folder')} could not be read." if tally.failed else "",
            f"{how_many(tally.nameless, 'entry of the list has', 'entries of the list have')} no number."
            if tally.nameless
            else "",
            f"The list did not end after {MOST_PAGES:,} pages." if tally.endless else "",
        ]
        return Outcome(output, JobStatus.PARTIAL_SUCCESS, " ".join(filter(None, texts)), "PartlyDone")
    return Outcome(output)


async def _list(
    job: JobContext,
    access: Access,
    tally: _Tally,
    *,
    modified_since: datetime | None = None,
    state: int | None = None,
) -> None:
    """Read one listing page by page; the end is a page without any folder that was not yet seen in this listing."""
    mine: set[int] = set()
    for page in range(1, MOST_PAGES + 1):
        await job.checkpoint()
        await access.care_turn(CARE_LIST)
        found = await access.call(access.channel.folders(page=page, modified_since=modified_since, state=state))
        entries: dict[int, object] = {}
        for entry in found.results:
            folder_id = folder_store.folder_id_of(entry)
            if folder_id is None:
                tally.nameless += 1
                continue
            entries[folder_id] = entry
            tally.newest = _later(tally.newest, entry)
        fresh = {folder_id: entry for folder_id, entry in entries.items() if folder_id not in tally.seen}
        for folder_id in await access.desk.store.read(folder_store.changed, access.company.id, fresh):
            await _read(job, access, tally, folder_id, fresh[folder_id])
        tally.seen |= set(entries)
        news = set(entries) - mine
        mine |= set(entries)
        if found.last or not news:
            return
    tally.endless = True


async def _read(job: JobContext, access: Access, tally: _Tally, folder_id: int, entry: object) -> None:
    """Read one folder and store it; a folder that the channel does not give is logged and skipped."""
    desk, company_id = access.desk, access.company.id
    await job.checkpoint()
    await access.care_turn(CARE_DETAIL)
    raw: Mapping[str, Any] | None = None
    told = ""
    try:
        raw = await access.call(access.channel.folder(folder_id))
    except (ChannelNotFound, Refused) as error:
        told = f"Folder {folder_id}: {error.message}"

    def store() -> tuple[str, Progress]:
        wrong = told
        if raw is not None:
            wrong = folder_store.keep(desk, company_id, folder_id, raw, folder_store.digest(entry))
            wrong = f"Folder {folder_id}: {wrong}" if wrong else ""
        failed = tally.failed + bool(wrong)
        done = Progress(
            phase="reading folders",
            processed=tally.read + failed + (0 if wrong else 1),
            succeeded=tally.read + (0 if wrong else 1),
            failed=failed,
            # A stored folder is progress: earlier failures are forgiven.
            cursor={"read": tally.read},
            log=wrong,
            log_is_error=bool(wrong),
        )
        return wrong, done

    if await job.commit(store):
        tally.failed += 1
    else:
        tally.read += 1
        tally.stored.append(folder_id)


def _later(newest: datetime | None, entry: object) -> datetime | None:
    try:
        at = read_folder(entry).modified_at
    except NotUnderstood:
        return newest
    return at if at is not None and (newest is None or at > newest) else newest
