"""Audit: append-only rows, each chained to the one before by its hash (reliability §5)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN

from bmtui.desk.core import order_snapshot
from bmtui.desk.core.context import Desk
from bmtui.errors import ConfigError, NotFound
from bmtui.store import audit_rows, bulk, event_rows
from bmtui.store.models import Audit, AuditHead, Company, Order, to_micros
from bmtui.store.plain_sql import fetch, run
from bmtui.text import how_many

HEAD = 1
REDACTED = "audit.redacted"
"""Action of the row that names the rows from which a buyer's data was removed, each with its new hash."""
_ERASED = "(erased)"
_SEPARATOR = re.compile(r'("(?:[^"\\]|\\.)*"|[^",:]+)|([,:])')
_FEWEST = 4
"""Fewest characters of a word that is removed: shorter ones are parts of too many other texts."""


@dataclass(frozen=True, slots=True)
class AuditView:
    """Audit row: actor, action, and values before and after. `order_id` is None for an action on no order."""

    audit_id: int
    at: datetime
    actor: str
    action: str
    company: str
    order_id: int | None
    summary: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Sign of tampering; `audit_id` is the changed row, or the last one before a gap."""

    audit_id: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Verified:
    """Result of a check of the chain. `head` is its last hash: kept elsewhere, it proves later that no row changed.

    `redacted` is the number of rows from which a buyer's data was removed and that match the hash noted then.
    """

    rows: int
    head: str
    problems: tuple[Problem, ...]
    redacted: int = 0


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
    was: Mapping[str, Any] | None = None,
    now: Mapping[str, Any] | None = None,
) -> None:
    """Append a row inside the caller's transaction, after the change; its write lock keeps the chain in one order.

    Args:
        was: the facts of the order before the change; those that differ now go into before and after.
        now: the order's present facts, where the caller has just read them.
    """
    if now is None and order_row is not None:
        now = order_snapshot.of_order(order_row)
    differing = order_snapshot.changed(was, now) if was is not None and now is not None else ({}, {})
    ((previous_hash,),) = fetch("SELECT hash FROM audit_head WHERE id = ?", (HEAD,))
    row = Audit(
        at=desk.now(),
        actor=actor or desk.actor,
        action=action,
        company_id=company_id,
        order_ref=order_row,
        summary=summary,
        before=differing[0] | dict(before or {}),
        after=differing[1] | dict(after or {}),
        previous_hash=previous_hash,
        facts=order_snapshot.as_text(now) if now is not None else "",
    )
    row.hash = digest(row)
    bulk.insert(Audit, [row.__data__])
    run("UPDATE audit_head SET length = length + 1, hash = ? WHERE id = ?", (row.hash, HEAD))
    if order_row is not None:
        event_rows.append(
            "order.changed",
            data={"action": action, "summary": summary, "changed": sorted(row.after)},
            company_id=company_id,
            order_row=order_row,
            actor=row.actor,
            at=row.at,
            rules=desk.rules,
        )


def digest(row: Audit) -> str:
    """SHA-256 over the row's columns without its number and its own hash."""
    return _digest(
        [
            to_micros(row.at),
            row.actor,
            row.action,
            row.company_id,
            row.order_ref,
            row.summary,
            row.before,
            row.after,
            row.previous_hash,
            row.facts,
        ]
    )


def _digest(values: list[Any]) -> str:
    # Rows of releases before 0006 have no facts, and were hashed without.
    kept = values if values[-1] else values[:-1]
    return hashlib.sha256(json.dumps(kept, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _digest_as_written(values: Sequence[Any]) -> str:
    """Return the digest with the JSON as it was spelt, as the database checks rows of raw SQL (store/grants)."""
    texts = [json.dumps(value, ensure_ascii=False) for value in values[: None if values[-1] else -1]]
    texts[6:8] = (_SEPARATOR.sub(lambda found: found[1] or f"{found[2]} ", text) for text in values[6:8])
    return hashlib.sha256(f"[{', '.join(texts)}]".encode()).hexdigest()


def listing(
    desk: Desk,
    *,
    order_id: int | None = None,
    action: str = "",
    actor: str = "",
    since: datetime | None = None,
    limit: int = 200,
) -> tuple[AuditView, ...]:
    """Return the newest rows, newest first, of the company in view or of all.

    Args:
        action: its beginning, such as ``refund.``. actor: a part of it.
    """
    query = _query()
    if order_id is not None:
        query = query.where(Order.order_id == order_id)
    if action:
        query = query.where(Audit.action.startswith(action))
    if actor:
        query = query.where(Audit.actor.contains(actor))
    if since is not None:
        query = query.where(Audit.at >= since)
    if desk.company:
        query = query.where(Company.name == desk.company)
    return tuple(_view(row) for row in query.order_by(Audit.id.desc()).limit(limit).objects())


def of_order(desk: Desk, order_row: int) -> tuple[AuditView, ...]:
    """Return the rows about an order, newest first."""
    return tuple(_view(row) for row in _query().where(Audit.order_ref == order_row).order_by(Audit.id.desc()).objects())


def show(desk: Desk, audit_id: int) -> AuditView:
    """Return an audit row. Raises NotFound."""
    rows = list(_query().where(Audit.id == audit_id).objects())
    if not rows:
        raise NotFound(f"The audit has no row {audit_id}.", "See 'bmtui audit list'.")
    return _view(rows[0])


def verify(desk: Desk, *, known_head: str = "") -> Verified:
    """Read the whole chain, and find the rows that were changed, removed or put in since they were written.

    Args:
        known_head: a hash that an earlier verification gave: it must still be there.

    Raises:
        ConfigError: `known_head` is no such hash.
    """
    if known_head and (len(known_head) != 64 or set(known_head) - set("0123456789abcdef")):
        raise ConfigError(
            "That is not the head of an audit.", "Give the 64 characters that 'bmtui audit verify' shows."
        )
    problems: list[Problem] = []
    previous, last_id, count, seen = "", None, 0, not known_head
    redacted = 0
    with desk.store.snapshot():
        left = _left_of_redacted()
        for row_id, values, stored in audit_rows.stored():
            count += 1
            if values[-2] != previous:
                problems.append(Problem(row_id, _gap(last_id, row_id)))
            whole = _readable(values)
            now = _digest(whole) if whole is not None else ""
            if now != stored and now == left.get(str(row_id)):
                redacted += 1
            elif now != stored and (whole is None or _digest_as_written(values) != stored):
                problems.append(Problem(row_id, f"Row {row_id} was changed after it was written."))
            previous, last_id = stored, row_id
            seen = seen or stored == known_head
        end = last_id or 0
        head = AuditHead.get_or_none(AuditHead.id == HEAD)
        if head is None or (head.length, head.hash) != (count, previous):
            kept = f"{head.length:,}" if head is not None else "an unknown number of"
            problems.append(
                Problem(end, f"The chain ends at row {end} with {how_many(count, 'row')}, but {kept} were written.")
            )
        if not audit_rows.guarded():
            problems.append(Problem(end, "The triggers that protect the audit were removed."))
    if not seen:
        problems.append(Problem(end, "The head that you gave is not in the audit any more."))
    return Verified(count, previous, tuple(problems), redacted)


def redact(desk: Desk, order_rows: Sequence[int], words: Collection[str]) -> int:
    """Remove these words from older rows about the orders, inside the caller's transaction; return the number of rows.

    An extra row names them with their new hashes, so that `verify` tells this from tampering. Nothing is done where the
    database forbids it to this account: rows of this release hold nothing personal.
    """
    pattern = whole_words(words)
    if pattern is None or not order_rows or not audit_rows.may_redact():
        return 0
    changed: list[tuple[int, list[Any]]] = []
    left: dict[str, str] = {}
    for row_id, values, _ in audit_rows.of_orders(order_rows):
        texts = [pattern.sub(_ERASED, text) for text in (*values[5:8], values[9])]
        now = [*values[:5], *texts[:3], values[8], texts[3]]
        whole = _readable(now) if now != values else None
        if whole is not None:
            changed.append((row_id, now))
            left[str(row_id)] = _digest(whole)
    if changed:
        audit_rows.redact(changed)
        record(
            desk,
            REDACTED,
            f"A buyer's data was removed from {how_many(len(changed), 'older row')}.",
            after={"rows": left},
        )
    return len(changed)


def whole_words(words: Collection[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds any of `words` as a whole word in text or JSON; None when all of them are short."""
    wanted = sorted((word for word in words if len(word) >= _FEWEST), key=len, reverse=True)
    # In JSON as it is written there.
    spelt = dict.fromkeys(form for word in wanted for form in (word, json.dumps(word, ensure_ascii=False)[1:-1]))
    return re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in spelt)) if spelt else None


def _left_of_redacted() -> dict[str, str]:
    """Return the hashes of the redacted rows, by row number."""
    found: dict[str, str] = {}
    for row in Audit.select(Audit.after).where(Audit.action == REDACTED).order_by(Audit.id):
        rows = row.after.get("rows") if isinstance(row.after, dict) else None
        found |= rows if isinstance(rows, dict) else {}
    return found


def _gap(before: int | None, row_id: int) -> str:
    where = f"before row {row_id}" if before is None else f"between rows {before} and {row_id}"
    return f"The chain is broken {where}: a row was removed, inserted or changed there."


def _readable(values: list[Any]) -> list[Any] | None:
    """Return a row's values with their JSON parsed; None when it is damaged."""
    try:
        return [*values[:6], json.loads(values[6]), json.loads(values[7]), *values[8:]]
    except (TypeError, ValueError):
        return None


def _query() -> Any:
    query = Audit.select(Audit, Order.order_id.alias("number"), Company.name.alias("of_company"))
    query = query.join(Order, JOIN.LEFT_OUTER, on=(Order.id == Audit.order_ref))
    return query.switch(Audit).join(Company, JOIN.LEFT_OUTER, on=(Company.id == Audit.company_id))


def _view(row: Any) -> AuditView:
    return AuditView(
        row.id,
        row.at,
        row.actor,
        row.action,
        row.of_company or "",
        row.number,
        row.summary,
        row.before,
        row.after,
        row.hash,
    )
