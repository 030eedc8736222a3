"""The audit: append-only, each row chained to the one before by its hash (reliability §5)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bmtui.desk.context import Desk
from bmtui.store.models import Audit, to_micros


def record(
    desk: Desk,
    action: str,
    summary: str,
    *,
    company_id: int | None = None,
    order_row: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    actor: str = "",
) -> None:
    """Append a row inside the caller's transaction; its write lock makes the chain one line."""
    last = Audit.select(Audit.hash).order_by(Audit.id.desc()).first()
    row = Audit(
        at=desk.now(),
        actor=actor or desk.actor,
        action=action,
        company_id=company_id,
        order_ref=order_row,
        summary=summary,
        before=dict(before or {}),
        after=dict(after or {}),
        previous_hash=last.hash if last else "",
    )
    row.hash = digest(row)
    row.save(force_insert=True)


def digest(row: Audit) -> str:
    """SHA-256 over everything in the row but its own hash."""
    values = [
        to_micros(row.at),
        row.actor,
        row.action,
        row.company_id,
        row.order_ref,
        row.summary,
        row.before,
        row.after,
        row.previous_hash,
    ]
    return hashlib.sha256(json.dumps(values, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
