"""Event rows, appended in the transaction of what happened, so that neither is stored without the other.

`desk/events` names them; the queue, which knows nothing of the desk, has its own to tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bmtui.store import bulk
from bmtui.store.models import Event

WORKER = "worker"
"""Actor of events and audit rows that no person caused."""
RULE = "rule "
"""Beginning of an actor's name where a rule acts: ``rule NAME vVERSION``."""


def append(
    name: str,
    *,
    data: Mapping[str, Any],
    company_id: int | None = None,
    order_row: int | None = None,
    actor: str = WORKER,
    at: datetime | None = None,
    subject: str | None = None,
    rules: Sequence[int] = (),
) -> None:
    """Append an event inside the caller's transaction; an event with a `subject` that is there already is left out."""
    row = one(name, data, company_id, order_row, actor, at or datetime.now(UTC), subject, rules)
    if subject is None:
        bulk.insert(Event, [row], ids=False)
    else:
        Event.insert(**row).on_conflict_ignore().execute()


def job_failed(job_id: int, type_: str, company_id: int | None, error_kind: str) -> None:
    """Append the event of a job that gave up, inside the caller's transaction; its error text may be about a buyer."""
    append("job.failed", data={"job_id": job_id, "type": type_, "error_kind": error_kind}, company_id=company_id)


def append_all(rows: Sequence[Mapping[str, Any]]) -> None:
    """Append many events (rows of `one`), none of which has a subject, by one statement."""
    bulk.insert(Event, rows, ids=False)


def one(
    name: str,
    data: Mapping[str, Any],
    company_id: int | None,
    order_row: int | None,
    actor: str,
    at: datetime,
    subject: str | None = None,
    rules: Sequence[int] = (),
) -> dict[str, Any]:
    """Return an event as the values of a row."""
    return {
        "name": name,
        "data": dict(data),
        "company_id": company_id,
        "order_ref": order_row,
        "actor": actor,
        "at": at,
        "subject": subject,
        "rules": list(rules),
    }
