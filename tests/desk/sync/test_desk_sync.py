"""Scheduled downloads: one job, at the right time, whoever asks and whatever the clock does."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from helpers import add_company, python, raw_line, raw_order, take_in
from invoice_shop import open_shop, sold

from bmtui.desk.companies import companies, sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue
from bmtui.desk.jobs import jobs
from bmtui.desk.sync import schedule
from bmtui.errors import ConfigError, RuleRefused
from bmtui.store.models import Company, Inbox, Invoice, Job, JobLog, Order, SyncMark
from bmtui.words import ChannelStatus, EffectState, JobStatus

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
"""Time in UTC that is half past two in Paris."""


class At:
    """Clock that tests set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> At:
    return At(NOON)


@pytest.fixture
def shop(desk: Desk, clock: At) -> Desk:
    """Desk with a company that was added at the time of `clock`."""
    clocked = replace(desk, now=clock)
    add_company(clocked)
    return clocked


def queued(desk: Desk) -> list[str]:
    """Queue the downloads that are due, complete all jobs at once, and return the modes of the new ones."""
    schedule.submit_due(desk)
    live = [job for job in Job.select().order_by(Job.id) if job.status == JobStatus.SUBMITTED]
    Job.update(status=JobStatus.COMPLETED).execute()
    return [job.parameters["mode"] for job in live]


def test_a_sync_is_due_after_each_interval(shop: Desk, clock: At) -> None:
    found = []
    for minute in range(0, 61, 5):
        clock.now = NOON + timedelta(minutes=minute)
        found += [minute] * len(queued(shop))
    assert found == [15, 30, 45, 60]
    companies.change(shop, None, {"download_interval_min": "0"})
    clock.now += 100 * DAY
    assert queued(shop) == []


def test_download_that_still_runs_is_not_queued_again(shop: Desk, clock: At) -> None:
    for minute in (15, 30, 45):
        clock.now = NOON + timedelta(minutes=minute)
        schedule.submit_due(shop)
    (job,) = Job.select()
    assert (job.type, job.parameters) == ("order_download", {"company": "Shop", "mode": "sync"})
    assert schedule.start(shop, None) == job.id
    assert schedule.start(shop, None, mode=schedule.SWEEP) != job.id


def test_a_sweep_is_due_once_a_night(shop: Desk, clock: At) -> None:
    found = []
    start = NIGHT - DAY - timedelta(hours=1)
    Company.update(created_at=start - 5 * DAY).execute()
    for half in range(2 * 24 * 3 + 1):
        clock.now = start + half * timedelta(minutes=30)
        if schedule.SWEEP in queued(shop):
            found.append(clock.now.astimezone(shop.zone()))
    assert [at.day for at in found] == [23, 24, 25, 26]
    assert {at.hour for at in found} <= set(schedule.NIGHT)


def test_a_desk_that_is_open_by_day_only_sweeps_too(shop: Desk, clock: At) -> None:
    noon, found = NIGHT + timedelta(hours=10), []
    Company.update(created_at=noon).execute()
    for day in range(8):
        clock.now = noon + day * DAY
        if schedule.SWEEP in queued(shop):
            found.append(day)
    # Counted from the first automatic download, on day 1.
    assert found == [4, 7]


@pytest.mark.parametrize("step", [-DAY, DAY, -400 * DAY])
def test_changed_clock_costs_at_most_one_sync(shop: Desk, clock: At, step: timedelta) -> None:
    clock.now += timedelta(minutes=15)
    assert queued(shop) == ["sync"]
    clock.now += step
    assert queued(shop) == ["sync"]
    assert queued(shop) == []
    clock.now += timedelta(minutes=15)
    assert queued(shop) == ["sync"]


@pytest.mark.parametrize("step", [-DAY, DAY])
def test_sweeps_go_on_after_the_clock_was_set(shop: Desk, clock: At, step: timedelta) -> None:
    clock.now = NIGHT + DAY
    assert queued(shop) == ["sweep"]
    clock.now += step
    assert queued(shop) == ["sweep"]
    clock.now += timedelta(minutes=1)
    assert schedule.SWEEP not in queued(shop)


@pytest.mark.parametrize("off", [{"enabled": "false"}, {"allow_order_download": "false"}, {"integration": "legacy"}])
def test_download_that_is_turned_off_is_never_queued(shop: Desk, clock: At, off: dict[str, str]) -> None:
    companies.change(shop, None, off)
    clock.now += DAY
    assert queued(shop) == []
    with pytest.raises(RuleRefused):
        schedule.start(shop, None)
    assert Job.select().count() == 0


def test_a_missing_token_queues_nothing_and_stops_no_other_company(shop: Desk, clock: At) -> None:
    for file in shop.settings.credentials.iterdir():
        file.unlink()
    add_company(shop, "Second")
    clock.now += timedelta(minutes=15)
    for _ in range(3):
        schedule.submit_due(shop)
    assert [job.parameters["company"] for job in Job.select()] == ["Second"]
    assert JobLog.select().count() == 0
    with pytest.raises(ConfigError, match="token"):
        schedule.start(shop, "Shop")
    # It is due as soon as the token is there, and not an interval later.
    companies.change(shop, "Shop", {"token": "found-again"})
    schedule.submit_due(shop)
    assert sorted(job.parameters["company"] for job in Job.select()) == ["Second", "Shop"]


@pytest.mark.parametrize("setting", ["enabled", "allow_order_download"])
def test_a_company_that_is_turned_off_meanwhile_is_not_queued(
    shop: Desk, clock: At, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    """Turn the company off between the look at its settings and the queueing."""
    due = schedule._due

    def then_turn_off(desk: Desk, company: Company) -> str | None:
        mode = due(desk, company)
        if not shop.store.database.in_transaction():
            Company.update({setting: False}).execute()
        return mode

    monkeypatch.setattr(schedule, "_due", then_turn_off)
    clock.now += timedelta(minutes=15)
    schedule.submit_due(shop)
    assert Job.select().count() == 0


def test_a_desk_that_may_not_write_starts_none(shop: Desk) -> None:
    with pytest.raises(RuleRefused, match="read-only"):
        schedule.start(replace(shop, read_only=True), None)


MANY = """
import sys
from bmtui import settings
from bmtui.desk.sync import schedule as sync
from bmtui.desk.bootstrap import open_desk
desk = open_desk(settings.load(sys.argv[1], environ={}))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(50):
    sync.submit_due(desk)
desk.store.close()
"""


@pytest.mark.slow
def test_many_workers_queue_one_job(desk: Desk) -> None:
    for name in ("One", "Two"):
        add_company(desk, name)
    Company.update(created_at=desk.now() - timedelta(minutes=16)).execute()
    workers = [python(MANY, str(desk.settings.config)) for _ in range(4)]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        _, errors = worker.communicate()
        assert (worker.returncode, errors) == (0, "")
    assert sorted(job.parameters["company"] for job in Job.select()) == ["One", "Two"]


# The watermark


def test_the_watermark_moves_by_the_channels_time_and_never_back(shop: Desk, clock: At) -> None:
    company = Company.get()
    assert schedule.modified_since(company.id) is None
    begun = NOON - timedelta(hours=1)
    schedule.move(shop, company.id, begun)
    assert schedule.modified_since(company.id) == begun - schedule.OVERLAP
    schedule.move(shop, company.id, begun - DAY)
    assert schedule.modified_since(company.id) == begun - schedule.OVERLAP
    schedule.move(shop, company.id, begun + timedelta(minutes=1))
    assert schedule.modified_since(company.id) == begun + timedelta(minutes=1) - schedule.OVERLAP


def test_look_back_of_a_sync_is_set_by_company(shop: Desk) -> None:
    companies.change(shop, None, {"look_back_days": "7"})
    assert schedule.look_back(shop, Company.get()) == NOON - 7 * DAY


@pytest.mark.parametrize("key", ["download_interval_min", "look_back_days"])
@pytest.mark.parametrize("text", ["", "-1", "1.5", "x", "123456"])
def test_interval_setting_must_be_a_whole_number(shop: Desk, key: str, text: str) -> None:
    before = companies.show(shop)
    with pytest.raises(ConfigError, match="whole number"):
        companies.change(shop, None, {key: text})
    assert companies.show(shop) == before
    companies.change(shop, None, {key: "30"})
    assert getattr(companies.show(shop), key) == 30


def test_open_orders_unseen_for_longest_are_read_first_and_finished_ones_never(
    shop: Desk, clock: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = Company.get()
    for number, age_min in ((1, 61), (2, 300), (3, 59), (4, 300)):
        clock.now = NOON - timedelta(minutes=age_min)
        take_in(shop, raw_order(number, [raw_line(number, 3 if number == 4 else 1)], state=9 if number == 4 else 1))
    clock.now = NOON
    assert Order.get(Order.order_id == 4).channel_status == ChannelStatus.SHIPPED
    assert schedule.open_unseen(shop, company.id) == [2, 1]
    monkeypatch.setattr(schedule, "REREAD_LIMIT", 1)
    assert schedule.open_unseen(shop, company.id) == [2]
    # What was fetched "tomorrow" was fetched before the clock was set back.
    monkeypatch.setattr(schedule, "REREAD_LIMIT", 9)
    clock.now = NOON - DAY
    assert set(schedule.open_unseen(shop, company.id)) == {1, 2, 3}


def test_orders_without_an_invoice_that_were_fetched_in_the_future_are_read_again(shop: Desk, clock: At) -> None:
    take_in(shop, raw_order(1, [raw_line(1, 3)], date_shipping="2026-11-20T10:00:00+00:00"))
    found = []
    for hours in (-13, -11, 0, 11, 13):
        clock.now = NOON + timedelta(hours=hours)
        found += [hours] * len(schedule.uninvoiced_unseen(shop, Company.get()))
    assert found == [-13, 13]


def test_orders_that_wait_for_no_invoice_are_not_read_again(shop: Desk, clock: At) -> None:
    shipped = {"date_shipping": "2026-11-20T10:00:00+00:00"}
    clock.now = NOON - DAY
    open_shop(shop, *(sold(number, raw_line(number, 3), **shipped) for number in (1, 2, 3)))
    issue.make(shop, 2)
    clock.now = NOON
    # Another was given by us, and of the last one the channel knows no parcel.
    Invoice.update(upload=EffectState.CONFIRMED).execute()
    Order.update(channel_notified=False).where(Order.order_id == 3).execute()
    assert schedule.uninvoiced_unseen(shop, Company.get()) == [1]


def test_company_whose_token_was_refused_is_not_downloaded_before_it_has_a_new_one(shop: Desk, clock: At) -> None:
    sending_pauses.stop_for_token(shop, Company.get())
    clock.now += timedelta(hours=1)
    assert queued(shop) == []
    companies.change(shop, None, {"token": "another"})
    assert queued(shop) == ["sync"]


def test_orders_of_another_company_are_not_read_again(shop: Desk, clock: At) -> None:
    add_company(shop, "Other")
    shipped = {"date_shipping": "2026-11-22T10:00:00+00:00"}
    clock.now = NOON - DAY
    take_in(shop, *(raw_order(number, [raw_line(number, 1)], state=1) for number in (1, 2)))
    take_in(shop, *(raw_order(number, [raw_line(number, 3)], **shipped) for number in (3, 4)))
    clock.now = NOON
    one, other = Company.select().order_by(Company.id)
    for table in (Order, Inbox):
        table.update(company=other).where(table.order_id.in_([2, 4])).execute()
    assert [schedule.open_unseen(shop, company.id) for company in (one, other)] == [[1], [2]]
    assert [schedule.uninvoiced_unseen(shop, company) for company in (one, other)] == [[3], [4]]


def test_sync_jobs_show_their_mode(shop: Desk) -> None:
    view = jobs.show(shop, schedule.start(shop, None, mode=schedule.SWEEP))
    assert json.loads(json.dumps(dict(view.parameters))) == {"company": "Shop", "mode": "sweep"}
    assert (SyncMark.get().begun_at, SyncMark.get().swept_at) == (NOON, NOON)
    assert Inbox.select().count() == 0
