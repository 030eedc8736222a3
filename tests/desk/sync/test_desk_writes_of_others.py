"""Writes of others, such as the Back Office or a second store: noticed and reported when an order is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from helpers import connect, of_marketplace, order_of, raw_line, raw_order, take_in, work_through

from bmtui import settings
from bmtui.desk.acceptance import accept
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core import store_marks
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import store_checks
from bmtui.desk.sync import reconcile, writes_of_others
from bmtui.sandbox.server import SandboxServer
from bmtui.store import models
from bmtui.store.models import Audit, Effect
from bmtui.words import StoreEvent

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def in_state(state: int, order_state: int, at: str) -> dict[str, object]:
    return raw_order(1, [raw_line(11, state)], state=order_state, date_modification=f"2026-11-0{at}T10:00:00+00:00")


def test_acceptance_and_shipment_by_others_are_each_reported_once(offline: Desk) -> None:
    take_in(offline, in_state(1, 1, "2"))
    take_in(offline, in_state(2, 3, "3"))
    take_in(offline, in_state(2, 3, "4"))
    take_in(offline, in_state(3, 9, "5"))
    rows = list(Audit.select().where(Audit.action == writes_of_others.ACTION).order_by(Audit.id))
    assert [row.summary.partition(":")[2] for row in rows] == [
        " accepted on Back Market, not by this store.",
        " shipped on Back Market, not by this store.",
    ]
    assert writes_of_others.since(offline, LONG_AGO) == writes_of_others.Others(2, 1)
    assert writes_of_others.since(offline, datetime.now(UTC) + timedelta(days=1)).count == 0


def test_buyer_cancellations_and_new_orders_do_not_count_as_writes_of_others(offline: Desk) -> None:
    take_in(offline, in_state(2, 3, "2"))
    take_in(offline, in_state(4, 9, "3"))
    assert writes_of_others.since(offline, LONG_AGO).count == 0


@pytest.mark.parametrize(
    ("attempts", "state", "count"), [(0, "planned", 1), (1, "unknown", 0), (1, "rejected", 1), (1, "withdrawn", 1)]
)
def test_acceptance_is_of_others_unless_a_write_of_ours_left_and_may_have_done_it(
    offline: Desk, attempts: int, state: str, count: int
) -> None:
    take_in(offline, in_state(1, 1, "2"))
    accept.accept(offline, 1)
    Effect.update(attempts=attempts, state=state).execute()
    take_in(offline, in_state(2, 3, "3"))
    assert writes_of_others.since(offline, LONG_AGO).count == count


def test_backship_order_is_accepted_by_others_and_shipped_by_its_carrier(offline: Desk) -> None:
    counts = []
    for state, order_state, day in ((1, 1, "2"), (2, 3, "3"), (3, 9, "4")):
        take_in(offline, in_state(state, order_state, day) | {"is_backship": True})
        counts.append(writes_of_others.since(offline, LONG_AGO).count)
    assert counts == [0, 1, 1]


def test_second_store_on_the_account_is_noticed_and_own_writes_are_not(
    shop: Desk, marketplace: SandboxServer, tmp_path: Path
) -> None:
    raw = of_marketplace(marketplace, 1)
    take_in(shop, raw)
    number = raw["order_id"]
    first = models.database.obj
    other = open_desk(settings.load(str(tmp_path / "other"), environ={}))
    try:
        connect(other, marketplace)
        take_in(other, raw)
        accept.accept(other, number)
        work_through(other)
        assert order_of(number).channel_status == "to_ship"
        assert writes_of_others.since(other, LONG_AGO).count == 0
    finally:
        other.store.close()
        models.database.initialize(first)
    reconcile.start(shop, fix=True, order_ids=[number])
    work_through(shop)
    assert writes_of_others.since(shop, LONG_AGO) == writes_of_others.Others(1, number)


def test_doctor_asks_for_a_second_store_only_where_there_may_be_one(offline: Desk) -> None:
    assert store_checks.examine(offline)[2].ok
    take_in(offline, in_state(1, 1, "2"))
    take_in(offline, in_state(2, 3, "3"))
    told = store_checks.examine(offline)[2]
    assert told.ok
    assert "1 time in the last 7 days somebody else accepted or shipped" in told.message
    with offline.store.transaction():
        store_marks.add(offline, StoreEvent.COPIED_FROM, "elsewhere")
    assert not store_checks.examine(offline)[2].ok
    later = replace(offline, now=lambda: datetime.now(UTC) + timedelta(days=8))
    assert store_checks.examine(later)[2].ok
