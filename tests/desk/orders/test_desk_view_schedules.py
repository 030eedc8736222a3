"""Scheduled saved views: on time in the company's zone, once for all missed times, written whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from helpers import add_company, raw_line, raw_order, take_in, work

from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.orders import saved_views, view_schedules
from bmtui.errors import ConfigError, NotFound
from bmtui.queue import jobs as queue
from bmtui.store.models import Job, ViewSchedule
from bmtui.words import JobType
from bmtui.workers.kinds import kinds

PARIS = ZoneInfo("Europe/Paris")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def clock(text: str) -> Callable[[], datetime]:
    return lambda: at(text)


@pytest.mark.parametrize(
    ("every", "when", "after", "expected"),
    [
        ("day", "07:30", "2026-11-20 07:29", "2026-11-20 07:30"),
        ("day", "07:30", "2026-11-20 07:30", "2026-11-21 07:30"),
        ("weekday", "07:30", "2026-11-20 08:00", "2026-11-23 07:30"),
        ("sunday", "07:30", "2026-11-20 08:00", "2026-11-22 07:30"),
        # Over both changes of the clocks it stays at half past seven.
        ("day", "07:30", "2026-03-28 08:00", "2026-03-29 07:30"),
        ("day", "07:30", "2026-10-24 08:00", "2026-10-25 07:30"),
        ("day", "02:30", "2026-03-28 08:00", "2026-03-29 03:30"),
        ("day", "02:30", "2026-10-25 02:30", "2026-10-26 02:30"),
    ],
)
@pytest.mark.sqlite_only
def test_the_next_time_is_that_of_the_companys_clocks(every: str, when: str, after: str, expected: str) -> None:
    found = view_schedules.next_after(every, time.fromisoformat(when), at(after), PARIS)
    assert f"{found.astimezone(PARIS):%Y-%m-%d %H:%M}" == expected


def test_a_view_is_written_on_time_and_missed_times_once(offline: Desk, tmp_path: Path) -> None:
    take_in(offline, *(raw_order(number, [raw_line(number)]) for number in (1, 2)))
    saved_views.save(offline, "Mine", "market:fr-fr", sort="id", descending=False)
    early = replace(offline, now=clock("2026-11-20 06:00"))
    made = view_schedules.add(
        early, "Mine", every="day", at="07:30", to=str(tmp_path), columns=("order_id", "total", "customer.name")
    )
    assert made.next_at == at("2026-11-20 07:30")
    view_schedules.submit_due(early)
    assert not Job.select().where(Job.type == "view_export").exists()
    # Nobody was there for three days.
    late = replace(offline, now=clock("2026-11-23 09:00"))
    view_schedules.submit_due(late)
    view_schedules.submit_due(late)
    (job,) = Job.select().where(Job.type == "view_export")
    assert job.submitted_by == "schedule of Mine"
    work(offline)
    (file,) = tmp_path.glob("*.csv")
    assert file.name == "Mine-2026-11-20-0730.csv"
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert [row["order_id"] for row in rows] == ["1", "2"]
    assert set(rows[0]) == {"order_id", "total", "customer.name"}
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    (told,) = events.listing(offline, name="view.written")
    assert (told.data["orders"], told.data["file"], told.actor) == (2, str(file), "worker")
    (schedule,) = view_schedules.listing(offline)
    assert (schedule.next_at, schedule.error) == (at("2026-11-24 07:30"), "")


def test_a_view_goes_to_people_as_an_event(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(1)]))
    view_schedules.add(offline, "All", every="day", at="07:30", to="notify", format="json")
    view_schedules.submit_due(replace(offline, now=lambda: datetime.now(UTC) + timedelta(days=2)))
    work(offline)
    (told,) = events.listing(offline, name="view.written")
    assert (told.data["order_ids"], told.data["file"]) == ([1], None)


def test_scheduled_view_as_json_has_whole_orders(offline: Desk, tmp_path: Path) -> None:
    take_in(offline, raw_order(1, [raw_line(1)]))
    view_schedules.add(offline, "All", every="day", at="07:30", to=str(tmp_path), format="json")
    view_schedules.submit_due(replace(offline, now=lambda: datetime.now(UTC) + timedelta(days=2)))
    work(offline)
    (file,) = tmp_path.glob("*.json")
    (order,) = json.loads(file.read_text())
    assert (order["order_id"], order["customer"]["name"], order["tags"]) == (1, "Marie Dupont", [])


def test_schedule_with_a_missing_folder_reports_the_error(offline: Desk, tmp_path: Path) -> None:
    take_in(offline, raw_order(1, [raw_line(1)]))
    folder = tmp_path / "gone"
    folder.mkdir()
    view_schedules.add(offline, "All", every="day", at="07:30", to=str(folder))
    folder.rmdir()
    folder.write_text("in its place")
    view_schedules.submit_due(replace(offline, now=lambda: datetime.now(UTC) + timedelta(days=2)))
    work(offline)
    (schedule,) = view_schedules.listing(offline)
    assert "is not a folder" in schedule.error
    folder.unlink()
    folder.mkdir()
    ViewSchedule.update(next_at=offline.now()).execute()
    view_schedules.submit_due(offline)
    work(offline)
    assert view_schedules.listing(offline)[0].error == ""


def test_schedule_whose_job_killed_its_workers_shows_that_and_the_others_do_not(offline: Desk, tmp_path: Path) -> None:
    _, late = (view_schedules.add(offline, view, every="day", at="07:30", to=str(tmp_path)) for view in ("All", "Late"))
    ViewSchedule.update(next_at=offline.now()).where(ViewSchedule.id == late.schedule_id).execute()
    view_schedules.submit_due(offline)
    abandon = kinds(offline)[JobType.VIEW_EXPORT].abandon
    assert abandon is not None
    for turn in range(queue.MAX_LOST):
        Job.update(scheduled_at=offline.now()).execute()
        assert queue.claim(offline.store, f"w{turn}") is not None
        queue.reclaim(offline.store, [f"w{turn}"], abandon)
    told = {view.view: view.error for view in view_schedules.listing(offline)}
    assert told["All"] == ""
    assert "workers in a row died" in told["Late"]


def test_view_that_was_due_twice_before_a_worker_came_is_written_once(offline: Desk, tmp_path: Path) -> None:
    take_in(offline, raw_order(1, [raw_line(1)]))
    early = replace(offline, now=clock("2026-11-20 06:00"))
    view_schedules.add(early, "All", every="day", at="07:30", to=str(tmp_path))
    for day in ("20", "21"):
        view_schedules.submit_due(replace(offline, now=clock(f"2026-11-{day} 08:00")))
    assert Job.select().where(Job.type == "view_export").count() == 1


def test_schedule_of_a_company_goes_on_by_its_own_clocks(offline: Desk) -> None:
    add_company(offline, "Tokyo", time_zone="Asia/Tokyo")
    early = replace(offline, now=clock("2026-11-20 06:00"))
    made = view_schedules.add(early.of_company("Tokyo"), "All", every="day", at="07:30", to="notify")
    assert made.next_at == datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    view_schedules.submit_due(replace(offline, now=lambda: made.next_at))
    assert view_schedules.listing(offline)[0].next_at == datetime(2026, 11, 21, 22, 30, tzinfo=UTC)


def test_view_schedule_with_invalid_values_is_refused(offline: Desk, tmp_path: Path) -> None:
    take_in(offline, raw_order(1, [raw_line(1)]))
    good = {"every": "day", "at": "07:30", "to": str(tmp_path)}
    with pytest.raises(NotFound, match="no view 'None'"):
        view_schedules.add(offline, "None", **good)
    for wrong in (
        {"every": "fortnight"},
        {"at": "7.30"},
        {"to": "relative"},
        {"to": str(tmp_path / "none")},
        {"format": "xml"},
        {"columns": ("colour",)},
    ):
        with pytest.raises(ConfigError):
            view_schedules.add(offline, "All", **{**good, **wrong})  # type: ignore[arg-type]
    assert view_schedules.listing(offline) == ()
    made = view_schedules.add(offline, "All", **good)
    view_schedules.remove(offline, made.schedule_id)
    with pytest.raises(NotFound):
        view_schedules.remove(offline, made.schedule_id)


@pytest.mark.parametrize(
    ("column", "value"),
    [("format", "/../evil"), ("format", "pth"), ("target", "nowhere"), ("target", "/nowhere/at/all")],
)
def test_schedule_that_was_changed_by_other_means_writes_no_file(
    offline: Desk, tmp_path: Path, column: str, value: str
) -> None:
    take_in(offline, raw_order(1, [raw_line(1)]))
    folder = tmp_path / "views"
    folder.mkdir()
    view_schedules.add(offline, "All", every="day", at="07:30", to=str(folder))
    ViewSchedule.update(**{column: value}, next_at=offline.now()).execute()
    view_schedules.submit_due(offline)
    work(offline)
    assert Job.get(Job.type == "view_export").status == "failed"
    assert f"is not a {'format' if column == 'format' else 'folder'}" in view_schedules.listing(offline)[0].error
    assert sorted(path.name for path in tmp_path.rglob("*evil*")) == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("values", [{"days": "never"}, {"time_of_day": "noon"}])
def test_schedule_with_an_unreadable_time_does_not_stop_the_others(
    offline: Desk, tmp_path: Path, values: dict[str, str]
) -> None:
    take_in(offline, raw_order(1, [raw_line(1)]))
    bad = view_schedules.add(offline, "All", every="day", at="07:30", to=str(tmp_path)).schedule_id
    view_schedules.add(offline, "All", every="day", at="07:30", to=str(tmp_path))
    ViewSchedule.update(next_at=offline.now()).execute()
    ViewSchedule.update(**values).where(ViewSchedule.id == bad).execute()
    view_schedules.submit_due(offline)
    assert Job.select().where(Job.type == "view_export").count() == 1
    # It is looked at again a day later, not every few seconds.
    later = {view.schedule_id: view for view in view_schedules.listing(offline)}[bad]
    assert later.error
    assert later.next_at > offline.now() + timedelta(hours=23)
