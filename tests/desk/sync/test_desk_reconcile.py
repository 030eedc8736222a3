"""Differences between store and channel: what an older answer may repair."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from helpers import COMPANY, add_company, order_of, raw_line, raw_order, take_in
from invoice_shop import open_shop, sold

from bmtui.channel.reading import read_order
from bmtui.desk.acceptance import accept
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue
from bmtui.desk.invoicing import jobs as invoice_jobs
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.desk.sync import download as downloads
from bmtui.desk.sync import reconcile, schedule
from bmtui.desk.sync.reconcile import Difference
from bmtui.errors import ConfigError, RuleRefused
from bmtui.money import Money
from bmtui.store.models import Company, Drift, Effect, Job, Refund, Shipment
from bmtui.words import DriftClass, EffectState, UploadState


@pytest.mark.parametrize(
    ("modified", "repairable"),
    [("2026-11-01T10:00:00Z", False), ("2026-11-02T10:00:00Z", True), ("2026-11-03T10:00:00Z", True), (None, True)],
)
def test_difference_is_repaired_by_an_answer_that_is_not_older_than_the_order(
    offline: Desk, modified: str | None, repairable: bool
) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 3)]))
    there = raw_order(1, [raw_line(11, 3, sku="SKU")], tracking_number="X1", date_modification=modified)
    (found,) = reconcile.differences(order_of(1), read_order(there))
    assert (found.here, found.there, found.repairable) == ("none", "X1", repairable)
    assert ("compare again later" in found.advice) is not repairable


def kinds(found: Sequence[Difference]) -> list[str]:
    return [one.what for one in found]


@pytest.mark.parametrize("state", [EffectState.PLANNED, EffectState.SENDING, EffectState.UNKNOWN])
def test_line_with_a_live_write_is_no_difference_until_it_is_settled(offline: Desk, state: EffectState) -> None:
    take_in(offline, raw_order(1, [raw_line(10, 1), raw_line(11, 2)], state=1))
    accept.accept(offline, 1)
    Effect.update(state=state).execute()
    there = read_order(raw_order(1, [raw_line(10, 2), raw_line(11, 3)], state=1))
    # The other line has no write of ours.
    assert [one.line_id for one in reconcile.differences(order_of(1), there)] == [11]
    Effect.update(state=EffectState.WITHDRAWN).execute()
    assert [one.line_id for one in reconcile.differences(order_of(1), there)] == [10, 11]


def test_invoice_on_its_way_is_no_difference_until_it_is_settled(offline: Desk) -> None:
    open_shop(offline, sold(1))
    invoice_jobs.send(offline, issue.make(offline, 1).number)
    there = read_order(sold(1, date_bill_provided="2026-11-21T10:00:00+00:00"))
    assert kinds(reconcile.differences(order_of(1), there)) == []
    Effect.update(state=EffectState.REJECTED).execute()
    assert kinds(reconcile.differences(order_of(1), there)) == [DriftClass.INVOICE]


def test_confirmed_parcel_that_the_channel_knows_by_another_number_is_for_a_person(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(10, 2)], state=3))
    shipping.ship(offline, 1, ShipRequest(tracking="1Z999AA10123456784", carrier="ups", accept_doubts=True))
    Shipment.update(state=UploadState.CONFIRMED).execute()
    Effect.update(state=EffectState.CONFIRMED).execute()
    raw = raw_order(1, [raw_line(10, 3)], tracking_number="X1", date_modification="2026-11-03T10:00:00+00:00")
    take_in(offline, raw)
    (found,) = reconcile.differences(order_of(1), read_order(raw))
    assert (found.what, found.here, found.there, found.repairable) == (
        *(DriftClass.TRACKING, "1Z999AA10123456784", "X1"),
        False,
    )


def test_number_of_a_device_that_one_side_lacks_is_a_difference(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(10, 3, serial_number="S1X9")]))
    there = read_order(raw_order(1, [raw_line(10, 3, imei="356938035643809")]))
    found = reconcile.differences(order_of(1), there)
    assert kinds(found) == [DriftClass.IDENTIFIERS] * 2
    assert [(one.line_id, one.here, one.there) for one in found] == [
        (10, "none", "356938035643809"),
        (10, "S1X9", "none"),
    ]


def test_refund_above_the_received_amount_is_for_a_person_until_it_is_settled(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(10, 3)]))
    refunds.issue(offline, 1, RefundRequest("issue_refund", amount=Money(6000, "EUR")))
    raw = raw_order(1, [raw_line(10, 6)], date_modification="2026-11-03T10:00:00+00:00")
    take_in(offline, raw)
    (found,) = reconcile.differences(order_of(1), read_order(raw))
    assert (found.what, found.line_id, found.here, found.repairable) == (
        *(DriftClass.REFUNDS, 10, "105.00 EUR received"),
        False,
    )
    assert found.there.startswith("55.00 EUR more returned than received: refund ")
    assert "orders refund-excess 1" in found.advice
    Refund.update(state="excess_settled").where(Refund.state == "excess").execute()
    assert reconcile.differences(order_of(1), read_order(raw)) == []


def test_same_comparison_asked_for_twice_is_one_job_of_the_look_back(offline: Desk) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    desk = replace(offline, now=lambda: now)
    companies.change(desk, None, {"look_back_days": "7"})
    job = Job.get_by_id(reconcile.start(desk))
    assert job.parameters == {
        "company": COMPANY, "since": (now - timedelta(days=7)).isoformat(), "fix": False, "orders": [],
    }  # fmt: skip
    assert job.about == {}
    assert reconcile.start(desk) == job.id
    one = Job.get_by_id(reconcile.start(desk, order_ids=[5, 5]))
    assert (one.parameters["orders"], one.about) == ([5], {"order_id": 5})
    others = [
        reconcile.start(desk, fix=True),
        reconcile.start(desk, since="2026-11-01"),
        reconcile.start(desk, order_ids=[5, 6]),
    ]
    assert len({job.id, one.id, *others}) == 5
    with pytest.raises(ConfigError, match="in the future"):
        reconcile.start(desk, since="2026-11-24")


def test_company_that_is_not_called_is_not_compared_and_nothing_is_downloaded(offline: Desk) -> None:
    companies.change(offline, None, {"enabled": "false"})
    starts: tuple[Callable[[], object], ...] = (
        lambda: reconcile.start(offline),
        lambda: downloads.start(offline, None, "7d"),
        lambda: downloads.fetch(offline, None, [1]),
        lambda: schedule.start(offline, None),
    )
    for start in starts:
        with pytest.raises(RuleRefused):
            start()
    assert Job.select().count() == 0


def test_orders_that_are_not_here_are_those_that_the_company_itself_lacks(offline: Desk) -> None:
    add_company(offline, "Other")
    take_in(offline, raw_order(1, [raw_line(10)]))
    take_in(offline, raw_order(2, [raw_line(11)]), company="Other")
    company_id = Company.get(Company.name == COMPANY).id
    assert downloads.not_here(company_id, [3, 1, 2, 3]) == [2, 3]


def test_new_comparison_replaces_the_differences_of_its_own_company_alone(offline: Desk) -> None:
    add_company(offline, "Other")
    found = [(1, Difference(DriftClass.STATE, None, "a", "b"), False)]
    ids = {}
    for name in (COMPANY, "Other"):
        take_in(offline.of_company(name), raw_order(1, [raw_line(10)]))
        ids[name] = Company.get(Company.name == name).id
        job = Job.select().where(Job.company == ids[name]).get().id
        reconcile.keep(offline, ids[name], job, [1], found)
    reconcile.keep(offline, ids[COMPANY], Job.select().where(Job.company == ids[COMPANY]).get().id, [1], [])
    assert {row.company.name: row.state for row in Drift.select()} == {COMPANY: "gone", "Other": "open"}
    assert [view.company for view in reconcile.listing(offline)] == ["Other"]
