"""After-sales folders in the store: raw payloads, how far they were read, and when to read again (API §9).

The watermark is the channel's own time; the contract names no zone for the dates of the list, so a day is read again
each time. Once a day the open folders are listed whatever their dates: this finds folders that moved between pages.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from bmtui.channel.care import CareFolder as Folder
from bmtui.channel.care import CareMessage, FolderState, read_folder
from bmtui.channel.fields import parse_integer
from bmtui.channel.markup import text_of
from bmtui.desk.companies import channel_access, sending_pauses
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import effects
from bmtui.errors import BmtuiError, NotUnderstood
from bmtui.queue import jobs
from bmtui.store.models import CareFolder, CareMark, Company, Effect
from bmtui.words import EffectKind, EffectState, JobType, Priority

OVERLAP = timedelta(days=1)
SWEEP_EVERY = timedelta(hours=20)


def start(desk: Desk, company: str | None, *, max_failures: int = 6) -> int:
    """Queue a download of the after-sales folders; return the job's id, that of the running download if there is one.

    Raises:
        RuleRefused: the company is disabled, with the reason. ConfigError: its token is missing. NotFound: no such
            company.
    """
    desk.must_write()
    with desk.store.transaction():
        row = desk.company_row(company)
        channel_access.must_be_callable(desk, row)
        job_id = _submit(desk, row, max_failures, Priority.NORMAL)
        audit.record(desk, "care.download", f"Download of after-sales folders (job {job_id}).", company_id=row.id)
        return job_id


def submit_due(desk: Desk) -> None:
    """Queue the automatic downloads that are due; every worker calls it every few seconds."""
    for company in list(Company.select().where(Company.enabled & (Company.care_interval_min > 0))):
        if not _due(desk, company) or sending_pauses.token_refused(company.id):
            continue
        with desk.store.transaction():
            fresh = Company.get_by_id(company.id)
            try:
                channel_access.must_be_callable(desk, fresh)
            except BmtuiError:
                # 'company test' and a download by hand show the error.
                continue
            if _due(desk, fresh):
                _submit(desk, fresh, 6, Priority.BELOW_NORMAL)


def modified_since(desk: Desk, company: Company) -> datetime:
    """Return the begin of the next listing by modification date: a day before the watermark, at first the look-back."""
    mark = CareMark.get_or_none(CareMark.company == company)
    if mark is not None and mark.modified_until is not None:
        until: datetime = mark.modified_until
        return until - OVERLAP
    return desk.now() - timedelta(days=company.look_back_days)


def sweep_is_due(desk: Desk, company_id: int) -> bool:
    """Return whether all open folders must be listed, too. A last time in the future means that our clock was wrong."""
    mark = CareMark.get_or_none(CareMark.company == company_id)
    now = desk.now()
    return mark is None or mark.swept_at is None or not mark.swept_at <= now < mark.swept_at + SWEEP_EVERY


def move(desk: Desk, company_id: int, newest: datetime | None, swept: bool) -> None:
    """Move the watermark after a complete reading, inside the caller's transaction. It never moves back."""
    mark = _mark(desk, company_id)
    if newest is not None:
        # A date in the future counts as the present one: else nothing would ever be listed again.
        until = min(newest, desk.now())
        if mark.modified_until is None or until > mark.modified_until:
            CareMark.update(modified_until=until).where(CareMark.company == company_id).execute()
    if swept:
        CareMark.update(swept_at=desk.now()).where(CareMark.company == company_id).execute()


def folder_id_of(entry: object) -> int | None:
    """Return the folder number of an entry of the list; None when it has none that can be read."""
    return parse_integer(entry.get("id"), low=1) if isinstance(entry, Mapping) else None


def digest(entry: object) -> str:
    """SHA-256 of an entry of the list, to see later whether it changed."""
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def changed(company_id: int, entries: Mapping[int, object]) -> list[int]:
    """Return the numbers of the listed folders that are new here, changed, or could not be read."""
    mine = (CareFolder.company == company_id) & CareFolder.folder_id.in_(list(entries))
    known = {
        row.folder_id: row.listed
        for row in CareFolder.select(CareFolder.folder_id, CareFolder.listed).where(mine & (CareFolder.error == ""))
    }
    return [folder_id for folder_id, entry in entries.items() if known.get(folder_id) != digest(entry)]


def orders_of(company_id: int, folder_ids: Collection[int]) -> list[int]:
    """Return the numbers of the orders that these folders are about."""
    mine = (CareFolder.company == company_id) & CareFolder.folder_id.in_(list(folder_ids))
    found = CareFolder.select(CareFolder.order_id).where(mine)
    return [row.order_id for row in found if row.order_id is not None]


def keep(desk: Desk, company_id: int, folder_id: int, raw: Mapping[str, Any], listed: str | None = None) -> str:
    """Store a folder's raw payload, inside the caller's transaction; `listed` is the digest of its entry in the list.

    A folder that cannot be read is stored with its error. Returns that error, or ''.
    """
    values: dict[str, Any] = {"payload": dict(raw), "fetched_at": desk.now()}
    if listed is not None:
        values["listed"] = listed
    folder: Folder | None = None
    try:
        folder = read_folder(raw)
        values |= _columns(folder) | {"error": ""}
    except NotUnderstood as error:
        values["error"] = str(error)
    mine = (CareFolder.company == company_id) & (CareFolder.folder_id == folder_id)
    if CareFolder.update(values).where(mine).execute() == 0:
        blank = {"state": -1, "market": "", "sku": "", "customer": "", "issue": "", "listed": ""}
        CareFolder.create(company=company_id, folder_id=folder_id, **(blank | values))
    if folder is not None:
        _settle_what_shows(desk, company_id, folder)
    return str(values["error"])


def shows(folder: Folder, expected: Mapping[str, Any]) -> bool:
    """Return whether the folder shows the message that an effect expects, as a new one since the effect was planned."""
    if not expected.get("text") and not expected.get("files"):
        return False
    before = set(expected["known"])
    return any(
        message.initiator == "Merchant"
        and message.message_id not in before
        and _folded(message.text) in (_folded(expected["text"]), _folded(text_of(expected["text"])))
        and len(message.attachments) == expected["files"]
        for message in folder.messages
    )


def waiting_since(folder: Folder) -> datetime | None:
    """Return the time of the customer's first unanswered message; None when no message waits."""
    if folder.state != FolderState.OPEN:
        return None
    since, answered = None, False
    for message in sorted(folder.messages, key=sent_at):
        if message.initiator == "Merchant" and not message.is_informative:
            since, answered = None, True
        elif message.initiator == "Client" and since is None:
            since = message.sent_at or folder.last_message_at
    return since if since is not None or answered else folder.created_at


def sent_at(message: CareMessage) -> float:
    """Sort key of messages, in seconds: their time, 0 for a message without one."""
    return message.sent_at.timestamp() if message.sent_at is not None else 0.0


def _folded(text: str) -> str:
    return " ".join(text.split())


def _columns(folder: Folder) -> dict[str, Any]:
    issues = [issue.customer_issue or issue.tag for line in folder.lines for issue in line.issues]
    return {
        "state": folder.state,
        "market": folder.market,
        "order_id": folder.order_id,
        "line_id": folder.orderline_id,
        "sku": folder.sku,
        "customer": folder.customer,
        "issue": ", ".join(dict.fromkeys(issues)),
        "created_at": folder.created_at,
        "modified_at": folder.modified_at,
        "last_message_at": folder.last_message_at,
        "waiting_since": waiting_since(folder),
    }


def _settle_what_shows(desk: Desk, company_id: int, folder: Folder) -> None:
    """Confirm the messages that need a person and that the folder shows by now."""
    asked = Effect.select().where(
        (Effect.company == company_id)
        & (Effect.kind == EffectKind.MESSAGE)
        & (Effect.state == EffectState.NEEDS_PERSON)
        & (Effect.target == target(company_id, folder.folder_id))
    )
    for effect in list(asked):
        if shows(folder, effect.expected):
            effects.settle(desk, effect, EffectState.CONFIRMED, answer="Seen in the folder later.")


def target(company_id: int, folder_id: int) -> str:
    """Target of the writes to a folder: at most one live effect has it."""
    return f"{company_id}:folder:{folder_id}"


def _due(desk: Desk, company: Company) -> bool:
    mark = CareMark.get_or_none(CareMark.company == company)
    begun, now = mark.begun_at if mark is not None else company.created_at, desk.now()
    return bool(now - begun >= timedelta(minutes=company.care_interval_min) or begun > now)


def _submit(desk: Desk, company: Company, max_failures: int, priority: Priority) -> int:
    _mark(desk, company.id)
    CareMark.update(begun_at=desk.now()).where(CareMark.company == company).execute()
    return jobs.submit(
        desk.store,
        JobType.AFTER_SALES_DOWNLOAD,
        by=desk.actor,
        company_id=company.id,
        parameters={"company": company.name},
        priority=priority,
        identity=f"{JobType.AFTER_SALES_DOWNLOAD}:{company.id}",
        max_failures=max_failures,
    )


def _mark(desk: Desk, company_id: int) -> CareMark:
    CareMark.insert(
        company=company_id, modified_until=None, begun_at=desk.now(), swept_at=None
    ).on_conflict_ignore().execute()
    return CareMark.get_by_id(company_id)
