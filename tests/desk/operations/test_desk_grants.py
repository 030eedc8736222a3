"""What PostgreSQL enforces by itself, whatever program somebody uses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import resources
from uuid import uuid4

import peewee
import pytest
from helpers import order_of, raw_line, raw_order, take_in

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import StoreError
from bmtui.money import Money
from bmtui.store.models import Operator, RefundLimit
from bmtui.words import Role

REFUSED = (StoreError, peewee.DatabaseError)


@pytest.fixture
def guarded(offline: Desk) -> Iterator[tuple[Desk, Desk]]:
    """Two people on PostgreSQL: one of whom refunds up to 50.00 alone."""
    take_in(offline, raw_order(1, [raw_line(11, 3, "100.00", "ONE")]), raw_order(2, [raw_line(21, 2)], state=3))
    run = offline.store.database.execute_sql
    names = [f"{name}_{uuid4().hex[:8]}" for name in ("ann", "ben")]
    run(resources.files("bmtui.store").joinpath("grants.sql").read_text(encoding="utf-8").replace("%", "%%"))
    people = []
    for uid, name in enumerate(names, start=1001):
        run(f"CREATE ROLE {name} IN ROLE bmtui_operator")
        made = Operator.create(
            uid=uid, account=name, role=Role.OPERATOR, may_refund=True, changed_at=offline.now(), changed_by="test"
        )
        people.append(replace(offline, uid=uid, actor=f"{name}({uid})"))
        if uid == 1001:
            RefundLimit.insert(operator=made.id, currency="EUR", per_refund=5000, per_day=8000).execute()
    yield people[0], people[1]
    for name in names:
        run(f"DROP OWNED BY {name}")
        run(f"DROP ROLE {name}")


@contextmanager
def connected(desk: Desk) -> Iterator[Desk]:
    """As this person is connected."""
    run = desk.store.database.execute_sql
    run(f"SET SESSION AUTHORIZATION {desk.actor.partition('(')[0]}")
    try:
        yield desk
    finally:
        run("RESET SESSION AUTHORIZATION")


def refused(desk: Desk, sql: str) -> None:
    with (
        connected(desk),
        pytest.raises(REFUSED, match=r"permission denied|must be owner|person|name|limit|answers|stays"),
    ):
        desk.store.database.execute_sql(sql)


def refund_by(amount: int, uid: str) -> str:
    """SQL that records a refund for which `uid` answers."""
    return (
        "INSERT INTO refunds (order_ref, part, amount, operation, method, date, reference, note, state, made_by,"
        f" made_at, error, authorised_uid) VALUES (1, 'order', {amount}, 'issue_refund', 'other', '2026-11-24', '', '',"
        f" 'recorded', 'x', 1, '', {uid})"
    )


@pytest.mark.postgres_only
def test_the_desk_works_as_an_operator(guarded: tuple[Desk, Desk]) -> None:
    ann, ben = guarded
    with connected(ann):
        orders.add_note(ann, 1, "A note.")
        internal_cancel.cancel_internally(ann, 2, "on_hold", "why")
        assert refunds.issue(ann, 1, RefundRequest("issue_refund", amount=Money(5000, "EUR"))).approval_id is None
        asked = refunds.issue(ann, 1, RefundRequest("issue_refund")).approval_id
        assert asked is not None
    with connected(ben):
        assert approvals.approve(ben, asked).state == "approved"
    assert order_of(1).payment_status == "fully_refunded"
    assert audit.verify(ann).problems == ()


@pytest.mark.postgres_only
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "UPDATE refund_limits SET per_refund = NULL",
        "UPDATE operators SET role = 'admin'",
        "UPDATE companies SET base_url = 'https://evil.example'",
        "DELETE FROM refunds",
        refund_by(100, "1002"),
        refund_by(5001, "1001"),
        refund_by(100, "NULL"),
        "INSERT INTO effects (kind, target, about, company_id, order_ref, subject_id, job_id, method, path, body,"
        " expected, state, made_at, made_by, not_before, answer, error, attempts) VALUES ('refund', 't', '', 1, 1, 99,"
        " 1, 'POST', '/ws/sav/refund', '{}', '{}', 'planned', 1, 'x', 1, '', '', 0)",
        "INSERT INTO approvals (company_id, order_ref, amount, why, state, made_at, made_by, made_uid, decided_by,"
        " reason) VALUES (1, 1, 100, '', 'awaiting_approval', 1, 'x', 1002, '', '')",
    ],
)
def test_what_raw_sql_would_do_is_refused(guarded: tuple[Desk, Desk], sql: str) -> None:
    refused(guarded[0], sql)


@pytest.mark.postgres_only
def test_nobody_approves_their_own_request_by_raw_sql(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    with connected(ann):
        refunds.issue(ann, 1, RefundRequest("issue_refund"))
    for sql in (
        "UPDATE approvals SET state = 'approved', decided_uid = 1001",
        "UPDATE approvals SET state = 'approved', decided_uid = 1002",
        "UPDATE approvals SET made_uid = 1002",
        "UPDATE refunds SET authorised_uid = 1001",
        "UPDATE refunds SET authorised_uid = 1002",
    ):
        refused(ann, sql)
