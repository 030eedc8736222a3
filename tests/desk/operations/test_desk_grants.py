"""Guards of PostgreSQL: rights and limits that hold in any program."""

from __future__ import annotations

from dataclasses import replace

import pytest
from grants_case import (
    NOT_OF_OPERATORS,
    connected,
    listed,
    roles,
    sent,
)
from helpers import elsewhere, of_marketplace, order_of, ups_number, work

from bmtui.desk.bootstrap import open_desk
from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.companies import sending_pauses
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.shipping import ship
from bmtui.desk.sync import download as downloads
from bmtui.money import Money
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import TABLES, Effect

pytestmark = pytest.mark.postgres_only


def test_desk_works_with_the_grants_of_an_operator(guarded: tuple[Desk, Desk]) -> None:
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


def test_write_planned_by_an_operator_waits_for_the_service_and_can_be_withdrawn(guarded: tuple[Desk, Desk]) -> None:
    ann, ben = guarded
    sent(ann)
    with connected(ann):
        assert outbox.take_back(ann)[0].state == "withdrawn"
        ship.ship(ann, 2, ship.ShipRequest(tracking=ups_number(1), carrier="UPS", accept_doubts=True))
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


def test_service_sends_the_effects_planned_by_an_operator(shop: Desk, marketplace: SandboxServer) -> None:
    number = of_marketplace(marketplace, 3)["order_id"]
    with roles(shop, "worker", "operator") as (service, person):
        bot, _ = listed(shop, 999, service)
        ann, _ = listed(shop, 60001, person)
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
            shop.store.database.connect(reuse_if_open=True)  # type: ignore[attr-defined]
            from bmtui.store import models

            models.database.initialize(shop.store.database)


def test_grants_of_operators_are_decided_for_each_table(offline: Desk) -> None:
    with roles(offline):
        for table in (model._meta.table_name for model in TABLES):
            query = f"SELECT has_any_column_privilege('bmtui_operator', '{table}', 'INSERT, UPDATE')"
            given = offline.store.database.execute_sql(query).fetchone()[0]
            assert given is (table not in NOT_OF_OPERATORS), f"{table}: say in grants.sql who writes it"
            query = f"SELECT has_table_privilege('bmtui_operator', '{table}', 'TRUNCATE, TRIGGER, REFERENCES')"
            assert offline.store.database.execute_sql(query).fetchone()[0] is False


def test_database_functions_set_a_search_path_with_pg_temp_last(offline: Desk) -> None:
    pure = {"search_fold", "search_words", "search_vector", "search_query"}
    with roles(offline):
        found = offline.store.database.execute_sql(
            "SELECT proname, array_to_string(proconfig, ';'), prosecdef FROM pg_proc p"
            " WHERE pronamespace = 'public'::regnamespace"
            " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
        ).fetchall()
    paths = {name: path for name, path, _ in found if name not in pure}
    assert set(paths.values()) == {"search_path=pg_catalog, public, pg_temp"}, paths
    assert {name for name, _, definer in found if definer and name in pure} == set()
