"""What PostgreSQL enforces by itself, whatever program somebody uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time, timedelta
from importlib import resources
from uuid import uuid4
from zoneinfo import ZoneInfo

import peewee
import pytest
from helpers import elsewhere, line_of, of_marketplace, order_of, raw_line, raw_order, take_in, work

from bmtui.desk.bootstrap import open_desk
from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.companies import sending_pauses
from bmtui.desk.core import audit, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.shipping import ship
from bmtui.desk.sync import download as downloads
from bmtui.errors import RuleRefused, StoreError
from bmtui.money import UNUSUAL_EXPONENTS, Money
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import TABLES, Company, Effect, Operator, Refund, RefundLimit, to_micros
from bmtui.words import Role

pytestmark = pytest.mark.postgres_only

REFUSED = (StoreError, peewee.DatabaseError)
SAV = "/ws/sav/refund"
NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
NOT_OF_OPERATORS = {"companies", "operators", "refund_limits", "invoice_settings", "care_folders"}
"""Tables in which only the service or an admin writes."""


def grants() -> str:
    return resources.files("bmtui.store").joinpath("grants.sql").read_text(encoding="utf-8")


@contextmanager
def roles(desk: Desk, *wanted: str) -> Iterator[list[str]]:
    """New accounts of the server, each a member of one of bmtui's roles, once the grants are made."""
    run = desk.store.database.execute_sql
    run(grants().replace("%", "%%"))
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
    """The person's desk, and the number of their row."""
    row = Operator.create(
        uid=uid, account=name, role=role, may_refund=True, changed_at=desk.now(), changed_by=desk.actor
    )
    return replace(desk, uid=uid, actor=f"{name}({uid})"), row.id


@pytest.fixture
def guarded(offline: Desk) -> Iterator[tuple[Desk, Desk]]:
    """Two people on PostgreSQL: the first refunds up to 50.00 alone, and 80.00 a day."""
    take_in(offline, raw_order(1, [raw_line(11, 3, "100.00", "ONE")]), raw_order(2, [raw_line(21, 2)], state=3))
    with roles(offline, "operator", "operator") as (first, second):
        ann, row = listed(offline, 1001, first)
        ben, _ = listed(offline, 1002, second)
        RefundLimit.insert(operator=row, currency="EUR", per_refund=5000, per_day=8000).execute()
        yield ann, ben


@contextmanager
def connected(desk: Desk) -> Iterator[Desk]:
    """As this person is connected."""
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
    """SQL that records a refund for which `uid` answers, in the name of the first person."""
    return (
        "INSERT INTO refunds (order_ref, part, amount, operation, method, date, reference, note, state, made_by,"
        f" made_at, error, authorised_uid) VALUES ({order}, 'order', {amount}, 'issue_refund', 'other', '2026-11-24',"
        f" '', '', '{state}', (SELECT account || '(1001)' FROM operators WHERE uid = 1001), {made_at}, '', {uid})"
    )


def effect_by(kind: str, path: str, body: str, *, method: str = "POST", subject: str = "NULL") -> str:
    """SQL that plans a request for the first order, in the name of the first person."""
    return (
        "INSERT INTO effects (kind, target, about, company_id, order_ref, subject_id, job_id, method, path, body,"
        f" expected, state, made_at, made_by, not_before, answer, error, attempts) VALUES ('{kind}', '1:line:11', '',"
        f" 1, 1, {subject}, 1, '{method}', '{path}', '{body}', '{{}}', 'planned', {NOW},"
        " (SELECT account || '(1001)' FROM operators WHERE uid = 1001), 1, '', '', 0)"
    )


def sent(desk: Desk, amount: int = 800) -> Refund:
    """A refund on Back Market by this person, with its request."""
    with connected(desk):
        refunds.issue(desk, 1, RefundRequest("refund_on_back_market", {11: Money(amount, "EUR")}))
    refund: Refund = Refund.select().order_by(Refund.id.desc()).first()
    return refund


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


def test_what_an_operator_plans_waits_for_the_service_and_can_be_taken_back(guarded: tuple[Desk, Desk]) -> None:
    ann, ben = guarded
    sent(ann)
    with connected(ann):
        assert outbox.take_back(ann)[0].state == "withdrawn"
        ship.ship(ann, 2, ship.ShipRequest(tracking="TRACK-1", carrier="UPS"))
        (view,) = outbox.listing(ann)
        jobs.cancel(ann, view.job_id)
        sending_pauses.pause(ann, "lunch")
        sending_pauses.resume(ann)
        downloads.start(ann, None, "2026-11-01")
        asked = refunds.issue(ann, 1, RefundRequest("refund_on_back_market")).approval_id
        assert asked is not None
    with connected(ben):
        approvals.approve(ben, asked)
    assert [effect.state for effect in Effect.select().order_by(Effect.id)] == ["withdrawn", "withdrawn", "planned"]
    with connected(ann):
        approvals_of_ann = refunds.options(ann, 1)
    assert approvals_of_ann.refundable == Money(500, "EUR")


def test_the_service_sends_what_an_operator_plans(shop: Desk, marketplace: SandboxServer) -> None:
    number = of_marketplace(marketplace, 3)["order_id"]
    with roles(shop, "worker", "operator") as (service, person):
        bot, _ = listed(shop, 999, service)
        ann, _ = listed(shop, 1001, person)
        url = shop.settings.store_url

        def opened(desk: Desk) -> Desk:
            name = desk.actor.partition("(")[0]
            found = open_desk(elsewhere(desk.settings, url.replace("//postgres@", f"//{name}@")))
            return replace(desk, store=found.store)

        try:
            here = opened(bot)
            downloads.start(here, None, "2000-01-01")
            work(here)
            here.store.close()
            here = opened(ann)
            refunds.issue(here, number, RefundRequest("refund_on_back_market"))
            work(here)
            assert [effect.state for effect in Effect.select()] == ["planned"]
            here.store.close()
            here = opened(bot)
            work(here)
            assert [effect.state for effect in Effect.select()] == ["confirmed"]
            assert audit.verify(here).problems == ()
            here.store.close()
        finally:
            open_desk(shop.settings).store.close()
            shop.store.database.connect(reuse_if_open=True)
            from bmtui.store import models

            models.database.initialize(shop.store.database)


def test_each_table_is_given_to_operators_or_not_on_purpose(offline: Desk) -> None:
    with roles(offline):
        for table in (model._meta.table_name for model in TABLES):
            query = f"SELECT has_any_column_privilege('bmtui_operator', '{table}', 'INSERT, UPDATE')"
            given = offline.store.database.execute_sql(query).fetchone()[0]
            assert given is (table not in NOT_OF_OPERATORS), f"{table}: say in grants.sql who writes it"
            query = f"SELECT has_table_privilege('bmtui_operator', '{table}', 'TRUNCATE, TRIGGER, REFERENCES')"
            assert offline.store.database.execute_sql(query).fetchone()[0] is False


def test_each_function_of_ours_names_its_path_with_temporary_tables_last(offline: Desk) -> None:
    pure = {"search_words", "search_vector", "search_query"}
    with roles(offline):
        found = offline.store.database.execute_sql(
            "SELECT proname, array_to_string(proconfig, ';'), prosecdef FROM pg_proc p"
            " WHERE pronamespace = 'public'::regnamespace"
            " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
        ).fetchall()
    paths = {name: path for name, path, _ in found if name not in pure}
    assert set(paths.values()) == {"search_path=pg_catalog, public, pg_temp"}, paths
    assert {name for name, _, definer in found if definer and name in pure} == set()


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
            refused(ann, refund_by(5001, "1001").replace("FROM operators", "FROM public.operators"), "limit")
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
def test_what_is_not_given_is_refused(guarded: tuple[Desk, Desk], sql: str) -> None:
    refused(guarded[0], sql)


def test_a_refund_by_raw_sql_keeps_name_limit_and_clock(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    refused(ann, refund_by(100, "1002"), "name")
    refused(ann, refund_by(100, "NULL"), "answers for it")
    refused(ann, refund_by(5001, "1001"), "limit")
    refused(ann, refund_by(100, "1001", state="confirmed"), "begins as recorded")
    # Within every limit, but yesterday's; and not in the payments.
    refused(ann, refund_by(100, "1001", made_at=f"{NOW} - 86400000000"), "clock")
    refused(ann, refund_by(100, "1001"), "add up")


def test_a_day_of_the_limit_is_one_of_the_company(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    # Fourteen hours ahead of UTC: nowhere is its midnight that of the server.
    zone = ZoneInfo("Pacific/Kiritimati")
    Company.update(time_zone=str(zone)).execute()
    midnight = datetime.combine(datetime.now(zone).date(), time(), zone)
    run = ann.store.database.execute_sql
    run(refund_by(8000, "1001", made_at=str(to_micros(midnight - timedelta(seconds=1))), order=2))
    refused(ann, refund_by(100, "1001"), "add up")
    run(refund_by(8000, "1001", made_at=str(to_micros(midnight)), order=2))
    refused(ann, refund_by(100, "1001"), "limit")


def test_what_is_approved_counts_on_the_day_of_its_approval(guarded: tuple[Desk, Desk]) -> None:
    ann, ben = guarded
    RefundLimit.insert(operator=Operator.get(Operator.uid == 1002).id, currency="EUR", per_day=6000).execute()
    with connected(ann):
        asked = refunds.issue(ann, 1, RefundRequest("issue_refund", amount=Money(5500, "EUR"))).approval_id
    assert asked is not None
    yesterday = to_micros(ann.now() - timedelta(days=1))
    ann.store.database.execute_sql(f"UPDATE refunds SET made_at = {yesterday}")
    with connected(ben):
        approvals.approve(ben, asked)
        assert "what is left" in permissions.needs_approval(ben, order_of(1), 1000)
    refused(ben, refund_by(1000, "1002").replace("1001", "1002"), "limit")


def test_a_request_to_back_market_is_what_the_books_say(guarded: tuple[Desk, Desk]) -> None:
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


def test_what_was_planned_stays_whoever_but_the_owner_asks(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    sent(ann)
    run = ann.store.database.execute_sql
    with roles(ann, "worker", "admin") as names:
        for name in names:
            somebody = replace(ann, actor=f"{name}(1003)")
            refused(somebody, "UPDATE effects SET body = '{\"amount\": 67.99}'", "stays as it was planned")
        refused(ann, "UPDATE effects SET state = 'sending'", "a person does not make")
        run("UPDATE effects SET state = 'sending'")
        refused(ann, "UPDATE effects SET state = 'planned'", "a person does not make")
        refused(ann, "UPDATE refunds SET state = 'failed'", "a person does not make")


def test_the_books_add_up_or_nothing_is_committed(guarded: tuple[Desk, Desk]) -> None:
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


def test_a_cancellation_on_its_way_counts_against_what_was_received(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    # 100.00 and 5.00 of shipping were received: what is left after this does not pay for the line once more.
    with connected(ann):
        refunds.issue(ann, 1, RefundRequest("issue_refund", amount=Money(2000, "EUR"), method="cash"))
    cancelled = effect_by("cancel_on_channel", "/ws/orders/1", '{"order_id": 1, "new_state": 4, "sku": "ONE"}')
    refused(ann, cancelled, "more would go back than was received")
    # The other way round, the refund is too much.
    ann.store.database.execute_sql("UPDATE orders SET received = received + 2000")
    with connected(ann):
        ann.store.database.execute_sql(cancelled)
        with pytest.raises(REFUSED, match="more would go back than was received"):
            refunds.issue(ann, 1, RefundRequest("issue_refund", amount=Money(600, "EUR"), method="cash"))


def test_nobody_writes_in_anothers_name(guarded: tuple[Desk, Desk]) -> None:
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
    refused(ann, asked.format(ann.actor, 1002), "name")
    refused(ann, asked.format(ben.actor, 1001), "name")
    refused(ann, asked.format(ann.actor, 1001), "add up")


def test_nobody_approves_their_own_request_by_raw_sql(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    with connected(ann):
        refunds.issue(ann, 1, RefundRequest("issue_refund"))
    decided = f"UPDATE approvals SET state = 'approved', decided_at = {NOW}, decided_by = '{ann.actor}', decided_uid ="
    refused(ann, f"{decided} 1001", "second person|decided_uid")
    refused(ann, f"{decided} 1002", "name")
    refused(ann, "UPDATE approvals SET made_uid = 1002")
    refused(ann, "UPDATE refunds SET authorised_uid = 1001", "second person")
    refused(ann, "UPDATE refunds SET authorised_uid = 1002", "name")
    refused(ann, "UPDATE refunds SET state = 'recorded'", "add up")


def test_a_person_may_not_be_the_worker(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    with connected(ann):
        assert ann.store.database.may_work() is False
    assert ann.store.database.may_work() is True


def test_limits_are_not_passed_by_a_stale_view(guarded: tuple[Desk, Desk]) -> None:
    refused(
        guarded[0],
        f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; {refund_by(100, '1001')}",
        "READ COMMITTED|must be called before any query",
    )


def test_the_decimals_of_currencies_are_those_of_money() -> None:
    cases = re.findall(r"currency IN \(([^)]*)\) THEN (\d)", grants())
    told = {currency.strip("' "): int(places) for names, places in cases for currency in names.split(",")}
    assert told == UNUSUAL_EXPONENTS


def test_a_viewer_changes_nothing(guarded: tuple[Desk, Desk]) -> None:
    ann, _ = guarded
    with roles(ann, "viewer") as (name,):
        viewer = replace(ann, actor=f"{name}(1003)", uid=1003)
        with connected(viewer), pytest.raises(RuleRefused):
            orders.add_note(viewer, 1, "x")
        refused(viewer, "UPDATE orders SET status = 'void'")
    assert line_of(11).refunded == 0
