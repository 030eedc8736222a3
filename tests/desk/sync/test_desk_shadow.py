"""Shadow mode: nothing is sent, changes by others are reported, and a checklist guards its end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from helpers import COMPANY, download, order_of, raw_line, raw_order, take_in, work

from bmtui.channel.client import BackMarket
from bmtui.channel.requests import WriteRequest
from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.companies import channel_access, companies, shadow
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.moving_in import checklist
from bmtui.desk.orders import search
from bmtui.desk.refunds import channel_returns
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.sync import shadow_report, writes_of_others
from bmtui.errors import RuleRefused
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Effect, Job


def test_every_write_when_the_company_is_in_shadow_is_refused_and_plans_nothing(
    stocked: Desk, marketplace: SandboxServer
) -> None:
    to_accept = search.page(stocked, "channel:to_accept status:in_process").rows[0].order_id
    shipped = search.page(stocked, "channel:shipped payment:charged").rows[0].order_id
    shadow.begin(stocked)
    jobs = Job.select().count()
    with pytest.raises(RuleRefused, match="is in shadow"):
        acceptance.accept(stocked, to_accept)
    with pytest.raises(RuleRefused, match="is in shadow"):
        refunds.issue(stocked, shipped, refunds.RefundRequest())
    assert (Effect.select().count(), Job.select().count()) == (0, jobs)
    assert marketplace.marketplace.effects == []


def test_connection_of_a_company_in_shadow_only_reads(stocked: Desk, marketplace: SandboxServer) -> None:
    shadow.begin(stocked)

    async def run() -> int:
        async with BackMarket(channel_access.connection(stocked, stocked.company_row())) as channel:
            with pytest.raises(RuleRefused, match="is in shadow"):
                await channel.send(WriteRequest("POST", "/ws/orders/1", {"order_id": 1}))
            return await channel.check()

    assert asyncio.run(run()) > 0
    assert marketplace.marketplace.effects == []


def test_acceptance_rule_of_a_company_in_shadow_accepts_nothing(stocked: Desk) -> None:
    companies.change(stocked, None, {"acceptance_rule": "market:fr-fr,de-de", "automatic_acceptance": "true"})
    shadow.begin(stocked)
    acceptance.submit_due(stocked)
    work(stocked)
    assert Effect.select().count() == 0


def test_shadow_when_a_write_is_not_settled_does_not_begin(stocked: Desk) -> None:
    order_id = search.page(stocked, "channel:to_accept status:in_process").rows[0].order_id
    acceptance.accept(stocked, order_id)
    with pytest.raises(RuleRefused, match="not settled"):
        shadow.begin(stocked)


def test_shadow_is_left_once_and_writes_are_sent_again(stocked: Desk) -> None:
    shadow.begin(stocked)
    shadow.leave(stocked)
    order_id = search.page(stocked, "channel:to_accept status:in_process").rows[0].order_id
    acceptance.accept(stocked, order_id)
    assert Effect.select().count() == 1
    with pytest.raises(RuleRefused, match="is not in shadow"):
        shadow.leave(stocked)


def test_shadow_report_passes_over_a_write_of_others_that_an_older_release_noted_without_its_kind(
    offline: Desk,
) -> None:
    shadow.begin(offline)
    take_in(offline, raw_order(1, [raw_line(10, 1)], state=1))
    row = order_of(1)
    with offline.store.transaction():
        noted: dict[str, Any] = {
            "company_id": row.company_id,
            "order_row": row.id,
            "actor": channel_returns.CHANNEL_ACTOR,
        }
        audit.record(offline, writes_of_others.ACTION, "SKU: accepted on Back Market, not by this store.", **noted)
    assert shadow_report.read(offline).deeds == ()


def test_shadow_report_names_the_work_of_others_on_the_account(offline: Desk) -> None:
    def at(line_state: int, state: int, hour: int) -> dict[str, object]:
        changed = f"2026-11-02T{hour:02}:00:00+00:00"
        more: dict[str, Any] = {"date_shipping": changed} if line_state == 3 else {}
        more |= {"date_modification": changed, "expected_dispatch_date": "2026-11-02T12:00:00+00:00"}
        return raw_order(1, [raw_line(10, line_state)], **more, state=state)

    shadow.begin(offline)
    take_in(offline, at(1, 1, 8), raw_order(2, [raw_line(20, 1)], state=1))
    take_in(offline, at(2, 3, 9))
    take_in(offline, at(3, 9, 18))
    companies.change(offline, None, {"acceptance_rule": "market:de-de"})
    report = shadow_report.read(offline)
    assert [(deed.order_id, deed.what, deed.late) for deed in report.deeds] == [
        (1, "accepted", False),
        (1, "shipped", True),
    ]
    assert (report.accepted, report.shipped, report.cancelled, report.sent) == (1, 1, 0, 0)
    assert [(one.order_id, one.there) for one in report.differences] == [(1, "accepted")]
    companies.change(offline, None, {"acceptance_rule": "market:fr-fr"})
    report = shadow_report.read(offline)
    assert (report.would_accept, [one.order_id for one in report.differences]) == (2, [2])
    others = {step.key: step for step in checklist.steps(offline)}["others"]
    assert (others.done, others.found) == (False, "Others accepted 1 order and shipped 1 in the last 24 hours.")


def test_shadow_report_leaves_out_our_own_writes(stocked: Desk) -> None:
    order_id = search.page(stocked, "channel:to_accept status:in_process").rows[0].order_id
    acceptance.accept(stocked, order_id)
    work(stocked)
    assert order_of(order_id).channel_status == "to_ship"
    report = shadow_report.read(stocked)
    assert order_id not in {deed.order_id for deed in report.deeds}
    assert report.sent == 1


def test_moving_in_does_not_take_a_buyers_cancellation_for_another_system(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(10, 1)], state=1))
    gone = "2026-11-03T10:00:00+00:00"
    take_in(offline, raw_order(1, [raw_line(10, 4)], state=9, date_modification=gone))
    assert order_of(1).channel_status == "cancelled"
    assert {step.key: step.done for step in checklist.steps(offline)}["others"]


def test_moving_in_checklist_of_a_company_in_shadow_names_the_next_step(shop: Desk) -> None:
    shadow.begin(shop)
    steps = {step.key: step for step in checklist.steps(shop)}
    assert (steps["orders"].done, steps["shadow"].done, steps["token"].done) == (False, False, True)
    assert steps["shadow"].found == f"{COMPANY} is in shadow: nothing is sent for it."
    download(shop)
    shadow.leave(shop)
    steps = {step.key: step for step in checklist.steps(shop)}
    assert (steps["orders"].done, steps["shadow"].done) == (True, True)


def test_checklist_counts_the_work_of_others_as_the_report_does_from_the_first_download_on(offline: Desk) -> None:
    at = replace(offline, now=lambda: datetime(2026, 11, 2, 9, 30, tzinfo=UTC))
    shipped = {"date_shipping": "2026-11-02T09:00:00+00:00"}
    take_in(at, raw_order(1, [raw_line(10, 3)], **shipped), raw_order(2, [raw_line(20, 2)], state=3))
    # The carrier's scan ships it, nobody else.
    take_in(at, raw_order(3, [raw_line(30, 3)], is_backship=True, **shipped))
    report = shadow_report.read(at)
    others = {step.key: step for step in checklist.steps(at)}["others"]
    assert (report.accepted, report.shipped) == (3, 1)
    assert (others.done, others.found) == (False, "Others accepted 3 orders and shipped 1 in the last 24 hours.")
    two_days_later = replace(at, now=lambda: datetime(2026, 11, 4, 9, 30, tzinfo=UTC))
    assert {step.key: step.done for step in checklist.steps(two_days_later)}["others"]


def test_morning_report_is_an_event_once_a_day_for_a_company_in_shadow(offline: Desk) -> None:
    def at(text: str) -> Desk:
        return replace(offline, now=lambda: datetime.fromisoformat(text).astimezone(UTC))

    shadow_report.tell_due(at("2026-11-03T08:00+01:00"))
    assert events.listing(offline, name="shadow.report") == ()
    shadow.begin(offline)
    shadow_report.tell_due(at("2026-11-03T06:59+01:00"))
    assert events.listing(offline, name="shadow.report") == ()
    shadow_report.tell_due(at("2026-11-03T07:00+01:00"))
    shadow_report.tell_due(at("2026-11-03T23:00+01:00"))
    shadow_report.tell_due(at("2026-11-04T07:30+01:00"))
    told = events.listing(offline, name="shadow.report")
    assert [event.data["sent"] for event in told] == [0, 0]
    assert told[0].data["summary"].startswith(f"{COMPANY}: others accepted 0 orders")


def test_morning_report_is_once_a_day_of_a_company_whose_morning_is_another_day_in_utc(offline: Desk) -> None:
    companies.change(offline, None, {"time_zone": "Asia/Tokyo"})
    shadow.begin(offline)
    told = []
    for text in ("2026-11-03T23:00+09:00", "2026-11-04T07:30+09:00", "2026-11-04T23:00+09:00"):
        at = datetime.fromisoformat(text).astimezone(UTC)
        shadow_report.tell_due(replace(offline, now=partial(datetime.fromtimestamp, at.timestamp(), UTC)))
        told.append(len(events.listing(offline, name="shadow.report")))
    assert told == [1, 2, 2]


def test_each_refund_of_others_counts_and_each_acceptance_once(offline: Desk) -> None:
    shadow.begin(offline)
    lines = ((3, 3), (6, 3), (6, 6))
    for day, states in enumerate(lines, start=2):
        at = f"2026-11-{day:02}T10:00:00+00:00"
        made = [raw_line(10 + place, state) for place, state in enumerate(states)]
        take_in(offline, raw_order(1, made, date_modification=at))
    report = shadow_report.read(offline)
    assert [deed.what for deed in report.deeds] == ["refunded", "refunded"]
    assert report.refunded == 1


def test_shadow_report_names_work_of_others_on_an_order_first_seen_afterwards(offline: Desk) -> None:
    shadow.begin(offline)
    take_in(offline, raw_order(1, [raw_line(10, 3)], date_shipping="2026-11-02T09:00:00+00:00"))
    report = shadow_report.read(offline, None, datetime(2026, 11, 1, tzinfo=UTC))
    assert [(deed.order_id, deed.what) for deed in report.deeds] == [(1, "accepted"), (1, "shipped")]
    assert shadow_report.read(offline, None, datetime(2026, 11, 2, tzinfo=UTC)).deeds == ()


def test_shadow_report_names_the_line_that_changed(offline: Desk) -> None:
    shadow.begin(offline)
    take_in(offline, raw_order(1, [raw_line(10, 2), raw_line(11, 1, sku="B")], state=3))
    before = order_of(1).channel_status
    later = "2026-11-03T10:00:00+00:00"
    take_in(offline, raw_order(1, [raw_line(10, 2), raw_line(11, 2, sku="B")], state=3, date_modification=later))
    report = shadow_report.read(offline)
    assert (before, [(deed.order_id, deed.what) for deed in report.deeds]) == (before, [(1, "accepted")])
