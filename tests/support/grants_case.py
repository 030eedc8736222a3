"""Accounts on PostgreSQL, and raw SQL that their owners could run beside the desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

import peewee
import pytest

from bmtui.desk.core.context import Desk
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import StoreError
from bmtui.money import Money
from bmtui.store import grants
from bmtui.store.models import Operator, Refund
from bmtui.words import Role

REFUSED = (StoreError, peewee.DatabaseError)
SAV = "/ws/sav/refund"
NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
NOT_OF_OPERATORS = {
    "backfills",
    "companies",
    "operators",
    "refund_limits",
    "invoice_settings",
    "care_folders",
    "store_marks",
    "search_unfolded",
    "account_settings",
    "exchange_rates",
    "margin_entries",
    "tax_periods",
    "event_marks",
    "rule_log",
    "rule_orders",
    "rules",
    "imports",
    "import_changes",
}
"""Tables that only the service or an admin may write."""


@contextmanager
def roles(desk: Desk, *wanted: str) -> Iterator[list[str]]:
    """Make the grants; yield new accounts of the server, each a member of one of bmtui's roles."""
    run = desk.store.database.execute_sql
    run(grants.sql().replace("%", "%%"))
    names = [f"{role}_{uuid4().hex[:8]}" for role in wanted]
    for name, role in zip(names, wanted, strict=True):
        run(f"CREATE ROLE {name} LOGIN IN ROLE bmtui_{role}")
    try:
        yield names
    finally:
        for name in names:
            run(f"DROP OWNED BY {name}")
            run(f"DROP ROLE {name}")


def listed(desk: Desk, uid: int, name: str, role: Role = Role.OPERATOR) -> tuple[Desk, int]:
    """Add an operator; return their desk and the id of their row."""
    row = Operator.create(
        uid=uid, account=name, role=role, may_refund=True, changed_at=desk.now(), changed_by=desk.actor
    )
    return replace(desk, uid=uid, actor=f"{name}({uid})"), row.id


@contextmanager
def connected(desk: Desk) -> Iterator[Desk]:
    """Run SQL as this person's account of the server."""
    run = desk.store.database.execute_sql
    run(f"SET SESSION AUTHORIZATION {desk.actor.partition('(')[0]}")
    try:
        yield desk
    finally:
        run("RESET SESSION AUTHORIZATION")


def refused(desk: Desk, sql: str, why: str = "permission denied|must be owner") -> None:
    with connected(desk), pytest.raises(REFUSED, match=why):
        desk.store.database.execute_sql(sql.replace("%", "%%"))


def refund_by(amount: int, uid: str, *, made_at: str = NOW, state: str = "recorded", order: int = 1) -> str:
    """Return SQL that records a refund by the first person, authorised by `uid`."""
    return (
        "INSERT INTO refunds (order_ref, part, amount, operation, method, date, reference, note, state, made_by,"
        f" made_at, error, authorised_uid) VALUES ({order}, 'order', {amount}, 'issue_refund', 'other', '2026-11-24',"
        f" '', '', '{state}', (SELECT account || '(60001)' FROM operators WHERE uid = 60001), {made_at}, '', {uid})"
    )


def effect_by(kind: str, path: str, body: str, *, method: str = "POST", subject: str = "NULL") -> str:
    """Return SQL that plans a request for the first order, by the first person."""
    return (
        "INSERT INTO effects (kind, target, about, company_id, order_ref, subject_id, job_id, method, path, body,"
        f" expected, state, made_at, made_by, not_before, answer, error, attempts) VALUES ('{kind}', '1:line:11', '',"
        f" 1, 1, {subject}, 1, '{method}', '{path}', '{body}', '{{}}', 'planned', {NOW},"
        " (SELECT account || '(60001)' FROM operators WHERE uid = 60001), 1, '', '', 0)"
    )


def sent(desk: Desk, amount: int = 800) -> Refund:
    """Issue a refund on Back Market as this person; return its row."""
    with connected(desk):
        refunds.issue(desk, 1, RefundRequest("refund_on_back_market", {11: Money(amount, "EUR")}))
    refund: Refund = Refund.select().order_by(Refund.id.desc()).first()
    return refund
