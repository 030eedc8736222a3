"""Raw SQL of an operator against the guards of PostgreSQL, an attack a test."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from grants_case import (
    NOW,
    SAV,
    connected,
    effect_by,
    refund_by,
    refused,
    roles,
    sent,
)
from helpers import line_of, order_of

from bmtui.desk.cancellation import on_channel
from bmtui.desk.companies import sending_pauses, shadow
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import RuleRefused
from bmtui.money import UNUSUAL_EXPONENTS, Money
from bmtui.store import grants
from bmtui.store.models import Company, Operator, Refund, RefundLimit, to_micros

pytestmark = pytest.mark.postgres_only


def test_a_temporary_table_is_refused_and_would_change_no_limit(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    name, run = ann.actor.partition("(")[0], ann.store.database.execute_sql
    for table in ("operators", "refund_limits"):
        refused(ann, f"CREATE TEMP TABLE {table} (LIKE public.{table})")
        refused(ann, f"CREATE TABLE {table}_2 (LIKE public.{table})")
    refused(ann, "CREATE SCHEMA mine")
    run(f"GRANT TEMPORARY ON DATABASE {run('SELECT current_database()').fetchone()[0]} TO {name}")
    for table in ("operators", "refund_limits"):
        with connected(ann):
            run(f"CREATE TEMP TABLE {table} (LIKE public.{table})")
        try:
            refused(ann, refund_by(5001, "60001").replace("FROM operators", "FROM public.operators"), "limit")
        finally:
            run(f"DROP TABLE pg_temp.{table}")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "DROP TRIGGER bmtui_refund ON refunds",
        "UPDATE refund_limits SET per_refund = NULL",
        "UPDATE operators SET role = 'admin'",
        "UPDATE companies SET base_url = 'https://evil.example'",
        "UPDATE companies SET time_zone = 'Pacific/Kiritimati'",
        "DELETE FROM refunds",
        "UPDATE refunds SET amount = 1",
        "UPDATE refunds SET made_at = 1",
        "UPDATE payments SET amount = 1",
        "UPDATE orders SET received = 1000000",
        "UPDATE orders SET total = 1000000, currency = 'USD'",
        "UPDATE order_lines SET price = 1000000",
        "UPDATE effects SET body = '{}'",
        "UPDATE effects SET path = '/ws/sav/refund'",
        "UPDATE effects SET attempts = 0",
        "UPDATE approvals SET amount = 1",
        "UPDATE inbox SET payload = '{}'",
        "INSERT INTO inbox (company_id, order_id, payload, digest, fetched_at, job_id, state, error)"
        " VALUES (1, 1, '{}', 'x', 1, 1, 'waiting', '')",
        "UPDATE invoices SET gross = 1",
        "UPDATE bmtui_schema SET version = 1",
        "SELECT bmtui_uid()",
    ],
)
def test_sql_without_a_grant_is_refused(guarded: tuple[Desk, Desk], sql: str) -> None:
    refused(guarded[0], sql)


def test_refund_by_raw_sql_is_held_to_name_limit_and_time(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    refused(ann, refund_by(100, "60002"), "name")
    refused(ann, refund_by(100, "NULL"), "answers for it")
    refused(ann, refund_by(5001, "60001"), "limit")
    refused(ann, refund_by(100, "60001", state="confirmed"), "begins as recorded")
    # Within every limit, but yesterday's; and not in the payments.
    refused(ann, refund_by(100, "60001", made_at=f"{NOW} - 86400000000"), "clock")
    refused(ann, refund_by(100, "60001"), "add up")


def test_daily_limit_in_the_database_uses_the_day_of_the_company_zone(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    # Fourteen hours ahead of UTC: nowhere is its midnight that of the server.
    zone = ZoneInfo("Pacific/Kiritimati")
    Company.update(time_zone=str(zone)).execute()
    midnight = datetime.combine(datetime.now(zone).date(), time(), zone)
    run = ann.store.database.execute_sql
    run(refund_by(8000, "60001", made_at=str(to_micros(midnight - timedelta(seconds=1))), order=2))
    refused(ann, refund_by(100, "60001"), "add up")
    run(refund_by(8000, "60001", made_at=str(to_micros(midnight)), order=2))
    refused(ann, refund_by(100, "60001"), "limit")


def test_approved_refund_counts_against_the_limit_of_the_approval_day(guarded: tuple[Desk, Desk]) -> None:
    ann, ben = guarded
    RefundLimit.insert(operator=Operator.get(Operator.uid == 60002).id, currency="EUR", per_day=6000).execute()
    with connected(ann):
        asked = refunds.issue(ann, 1, RefundRequest("issue_refund", amount=Money(5500, "EUR"))).approval_id
    assert asked is not None
    yesterday = to_micros(ann.now() - timedelta(days=1))
    ann.store.database.execute_sql(f"UPDATE refunds SET made_at = {yesterday}")
    with connected(ben):
        approvals.approve(ben, asked)
        assert "what is left" in permissions.needs_approval(ben, order_of(1), 1000)
    refused(ben, refund_by(1000, "60002").replace("60001", "60002"), "limit")


def test_request_by_raw_sql_that_differs_from_the_books_is_refused(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    refund = sent(ann)
    body = '{"orderline_pk": 11, "refund_type": 6, "amount": %s}'
    for kind, path, text, method in (
        ("identifiers", SAV, body % "250", "POST"),
        ("identifiers", SAV, '{"imei": "490154203237518"}', "PATCH"),
        ("identifiers", "/ws/orderlines/12", '{"imei": "490154203237518"}', "PATCH"),
        ("accept", "/ws/orders/1", '{"order_id": 1, "new_state": 6, "sku": "ONE"}', "POST"),
        ("accept", "/ws/orders/1", '{"order_id": 2, "new_state": 2, "sku": "ONE"}', "POST"),
        ("ship", "/ws/orders/1", '{"order_id": 1, "new_state": 5, "sku": "ONE"}', "POST"),
        ("cancel_on_channel", SAV, body % "250", "POST"),
        ("message", SAV, body % "250", "POST"),
        ("invoice", SAV, body % "250", "POST"),
        ("parcel", "/ws/orders/1", "{}", "POST"),
        ("refund", SAV, body % "67.99", "POST"),
        ("refund", SAV, body % "8.00", "POST"),
    ):
        sql = effect_by(kind, path, text, method=method, subject=str(refund.id))
        refused(ann, sql, "not what the books say|only one")


def test_planned_effect_is_changed_by_nobody_but_its_owner(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    sent(ann)
    run = ann.store.database.execute_sql
    with roles(ann, "worker", "admin") as names:
        for name in names:
            somebody = replace(ann, actor=f"{name}(60003)")
            refused(somebody, "UPDATE effects SET body = '{\"amount\": 67.99}'", "stays as it was planned")
        refused(ann, "UPDATE effects SET state = 'sending'", "a person does not make")
        run("UPDATE effects SET state = 'sending'")
        refused(ann, "UPDATE effects SET state = 'planned'", "a person does not make")
        refused(ann, "UPDATE refunds SET state = 'failed'", "a person does not make")


def test_raw_sql_that_unbalances_the_books_is_not_committed(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    refund = sent(ann)
    refused(ann, "UPDATE orders SET refunded = 0", "add up")
    refused(ann, "UPDATE order_lines SET refunded = 0", "add up")
    # Its amount would be refundable again, while its request leaves.
    refused(ann, f"UPDATE refunds SET state = 'withdrawn' WHERE id = {refund.id}", "add up")
    payment = (
        "INSERT INTO payments (order_ref, kind, at, method, reference, amount, refund_id) VALUES (1, '{}', 1, '', ''"
    )
    refused(ann, f"{payment.format('received')}, 100000, NULL)", "only Back Market says")
    refused(ann, f"{payment.format('refund')}, 1, {refund.id})", "only Back Market says")


def test_cancellation_by_raw_sql_needs_a_refund_of_a_person(guarded: tuple[Desk, Desk]) -> None:
    ann, ben = guarded
    ann.store.database.execute_sql("UPDATE order_lines SET state = 1 WHERE line_id = 11")
    cancelled = effect_by("cancel_on_channel", "/ws/orders/1", '{"order_id": 1, "new_state": 4, "sku": "ONE"}')
    refused(ann, cancelled, "whose refund is queued")
    # 105.00 go back: above the first person's limit of 50.00.
    with connected(ann), pytest.raises(RuleRefused, match="above the limit"):
        on_channel.send(ann, 1)
    refused(ann, refund_by(10500, "60001"), "above the limit")
    with connected(ben):
        on_channel.send(ben, 1)
    (refund,) = Refund.select()
    assert (refund.amount, refund.state, refund.authorised_uid) == (10000, "queued", 60002)
    # Shipping charges follow by themselves.
    with connected(ben), pytest.raises(RuleRefused, match="Nothing"):
        refunds.issue(ben, 1, RefundRequest("issue_refund", amount=Money(600, "EUR"), method="cash"))


def test_raw_sql_cannot_write_in_the_name_of_another_person(guarded: tuple[Desk, Desk]) -> None:
    ann, ben = guarded
    audited = (
        "INSERT INTO audit (at, actor, action, summary, before, after, previous_hash, hash)"
        " SELECT {at}, '{actor}', 'note', '', '{{}}', '{{}}', {previous}, 'x' FROM audit_head"
    )
    for actor in (ben.actor, "Back Market", f"{ann.actor}9", ""):
        refused(ann, audited.format(at=NOW, actor=actor, previous="hash"), "name")
    refused(ann, audited.format(at=1, actor=ann.actor, previous="hash"), "clock")
    refused(ann, audited.format(at=NOW, actor=ann.actor, previous="''"), "follows")
    refused(ann, "UPDATE audit_head SET hash = '', length = 0", "last row")
    refused(ann, f"INSERT INTO notes (order_ref, at, made_by, text) VALUES (1, 1, '{ben.actor}', '')", "name")
    asked = (
        "INSERT INTO approvals (company_id, order_ref, amount, why, state, made_at, made_by, made_uid, decided_by,"
        f" reason) VALUES (1, 1, 100, '', 'awaiting_approval', {NOW}, '{{}}', {{}}, '', '')"
    )
    refused(ann, asked.format(ann.actor, 60002), "name")
    refused(ann, asked.format(ben.actor, 60001), "name")
    refused(ann, asked.format(ann.actor, 60001), "add up")


def test_nobody_approves_their_own_request_by_raw_sql(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    with connected(ann):
        refunds.issue(ann, 1, RefundRequest("issue_refund"))
    decided = f"UPDATE approvals SET state = 'approved', decided_at = {NOW}, decided_by = '{ann.actor}', decided_uid ="
    refused(ann, f"{decided} 60001", "second person|decided_uid")
    refused(ann, f"{decided} 60002", "name")
    refused(ann, "UPDATE approvals SET made_uid = 60002")
    refused(ann, "UPDATE refunds SET authorised_uid = 60001", "second person")
    refused(ann, "UPDATE refunds SET authorised_uid = 60002", "name")
    refused(ann, "UPDATE refunds SET state = 'recorded'", "add up")


def test_operator_cannot_act_as_the_worker_by_raw_sql(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    with connected(ann):
        assert ann.store.database.may_work() is False
    assert ann.store.database.may_work() is True


def test_limits_are_not_passed_by_a_stale_view(guarded: tuple[Desk, Desk]) -> None:
    refused(
        guarded[0],
        f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; {refund_by(100, '60001')}",
        "READ COMMITTED|must be called before any query",
    )


def test_currency_decimals_in_the_database_equal_those_of_money() -> None:
    cases = re.findall(r"currency IN \(([^)]*)\) THEN (\d)", grants.sql())
    told = {currency.strip("' "): int(places) for names, places in cases for currency in names.split(",")}
    assert told == UNUSUAL_EXPONENTS


def test_viewer_changes_nothing_by_raw_sql(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    with roles(ann, "viewer") as (name,):
        viewer = replace(ann, actor=f"{name}(60003)", uid=60003)
        with connected(viewer), pytest.raises(RuleRefused):
            orders.add_note(viewer, 1, "x")
        refused(viewer, "UPDATE orders SET status = 'void'")
    assert line_of(11).refunded == 0


def test_operator_cannot_end_the_shadow_by_raw_sql(guarded: tuple[Desk, Desk], offline: Desk) -> None:
    ann, _ = guarded
    company = offline.company_row()
    with offline.store.transaction():
        sending_pauses.put(offline, str(company.id), sending_pauses.SHADOW, "another system works on it")
    refused(ann, "DELETE FROM pauses", "only an admin begins or leaves a shadow")
    refused(ann, "DELETE FROM pauses WHERE cause = 'shadow'", "only an admin begins or leaves a shadow")
    assert shadow.is_on(company.id)
