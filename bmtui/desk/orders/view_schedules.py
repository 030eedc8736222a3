"""Schedules of saved views: at set times a view is written as CSV or JSON into a folder, or announced by an event.

Times are those of the company's zone, also when its clocks change. Missed times are made up for by a single run.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any

from bmtui.csv_writer import write_csv
from bmtui.desk.companies.policies import time_of_day
from bmtui.desk.core import audit, dates, json_values
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.orders import order_row, saved_views, search
from bmtui.errors import ConfigError, NotFound, RuleRefused
from bmtui.queue import jobs
from bmtui.store.models import Company, ViewSchedule
from bmtui.text import plain
from bmtui.words import JobType, Priority

NOTIFY = "notify"
FORMATS = ("csv", "json")
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS = ("day", "weekday", *WEEK)
MOST = 50
CHUNK = 500
MOST_IDS = 1000
"""Most order numbers in an event; its count includes all."""


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """Schedule of a saved view: days, time and target; `error` is that of the last run."""

    schedule_id: int
    view: str
    company: str
    every: str
    at: str
    to: str
    format: str
    columns: tuple[str, ...]
    next_at: datetime
    last_at: datetime | None
    error: str
    made_by: str


def listing(desk: Desk) -> tuple[ScheduleView, ...]:
    """Return all schedules, the next one first."""
    return tuple(_view(row) for row in ViewSchedule.select().order_by(ViewSchedule.next_at, ViewSchedule.id))


def add(
    desk: Desk, name: str, *, every: str, at: str, to: str, format: str = "csv", columns: Sequence[str] = ()
) -> ScheduleView:
    """Write a view every `every` (a day, a weekday or one day of the week) `at` this time.

    Args:
        to: an existing folder, or ``notify`` for the event `view.written`.
        columns: of the JSON of an order, such as ``order_id`` or ``customer.name``; none: all.

    Raises:
        NotFound: no such view. ConfigError: a value that cannot be used. RuleRefused: too many.
    """
    desk.must_write()
    view = _saved(desk, name)
    _check_day(every)
    moment = time_of_day(at, "at")
    _check_file(format, to)
    known = _known_columns(desk)
    for column in columns:
        if known and column not in known and not column.startswith("fields."):
            raise ConfigError(f"There is no column '{column[:40]}'.", f"Columns: {', '.join(known)}.", field="columns")
    with desk.store.transaction():
        if ViewSchedule.select().count() >= MOST:
            raise RuleRefused(f"There are {MOST} schedules already.", "Remove one.")
        company = desk.company_row() if desk.company else None
        row = ViewSchedule.create(
            view_name=view.name,
            company=company,
            days=every,
            time_of_day=f"{moment:%H:%M}",
            target=to,
            format=format,
            columns=list(columns),
            next_at=next_after(every, moment, desk.now(), desk.zone()),
            made_at=desk.now(),
            made_by=desk.actor,
        )
        said = f"The view '{view.name}' is written every {every} at {moment:%H:%M} to {to}."
        audit.record(desk, "view.scheduled", said, company_id=company.id if company is not None else None)
    return _view(row)


def remove(desk: Desk, schedule_id: int) -> None:
    """Delete a schedule. Raises NotFound."""
    desk.must_write()
    with desk.store.transaction():
        row = ViewSchedule.get_or_none(ViewSchedule.id == schedule_id)
        if row is None:
            raise NotFound(f"There is no schedule {schedule_id}.", "See 'bmtui views schedules'.")
        ViewSchedule.delete().where(ViewSchedule.id == schedule_id).execute()
        audit.record(desk, "view.unscheduled", f"The view '{row.view_name}' is no longer written by itself.")


def next_after(every: str, at: time, after: datetime, zone: tzinfo) -> datetime:
    """Return the next time in UTC, strictly after `after`. Raises ConfigError."""
    _check_day(every)
    moment = dates.next_time(at, after, zone)
    while not _is_day(every, moment.astimezone(zone)):
        moment = dates.next_time(at, moment, zone)
    return moment


def submit_due(desk: Desk) -> None:
    """Queue a job for each schedule that is due; workers call it every few seconds. Several missed times are one."""
    for found in list(ViewSchedule.select().where(ViewSchedule.next_at <= desk.now())):
        with desk.store.transaction():
            row = ViewSchedule.get_or_none((ViewSchedule.id == found.id) & (ViewSchedule.next_at <= desk.now()))
            if row is None:
                continue
            try:
                at = time_of_day(row.time_of_day, "at")
                following = next_after(row.days, at, desk.now(), desk.zone(_company_name(row) or None))
            except ConfigError as error:
                failed(row.id, str(error))
                ViewSchedule.update(next_at=desk.now() + timedelta(days=1)).where(ViewSchedule.id == row.id).execute()
                continue
            ViewSchedule.update(next_at=following).where(ViewSchedule.id == row.id).execute()
            jobs.submit(
                desk.store,
                JobType.VIEW_EXPORT,
                by=f"schedule of {row.view_name}",
                company_id=row.company_id,
                parameters={"schedule": row.id, "due": json_values.time(row.next_at)},
                priority=Priority.BELOW_NORMAL,
                identity=f"{JobType.VIEW_EXPORT}:{row.id}",
            )


def content(desk: Desk, schedule_id: int) -> tuple[ScheduleView, str, list[int]]:
    """Return the schedule, the text of the file, and the numbers of the orders in it.

    Raises:
        NotFound: the schedule or its view is gone. QueryError: its query cannot be read any more.
    """
    row = ViewSchedule.get_or_none(ViewSchedule.id == schedule_id)
    if row is None:
        raise NotFound(f"There is no schedule {schedule_id} any more.")
    schedule = _view(row)
    view = _saved(desk, schedule.view)
    at = desk.of_company(schedule.company or None)
    documents: list[dict[str, Any]] = []
    with desk.store.snapshot():
        while True:
            page = search.page(
                at, view.query, sort=view.sort, descending=view.descending, offset=len(documents), limit=CHUNK
            )
            documents += map(order_row.document, page.rows)
            if len(page.rows) < CHUNK:
                break
    return schedule, _text(schedule, documents), [document["order_id"] for document in documents]


def written(desk: Desk, schedule: ScheduleView, file: str, order_ids: Sequence[int]) -> None:
    """Record inside the caller's transaction that the view was written, and write the event `view.written`."""
    company = Company.get_or_none(Company.name == schedule.company) if schedule.company else None
    ViewSchedule.update(last_at=desk.now(), error="").where(ViewSchedule.id == schedule.schedule_id).execute()
    told = {
        "view": schedule.view,
        "schedule_id": schedule.schedule_id,
        "file": file or None,
        "orders": len(order_ids),
        "order_ids": list(order_ids[:MOST_IDS]),
    }
    events.happened(desk, "view.written", told, company_id=company.id if company is not None else None)


def failed(schedule_id: int, error: str) -> None:
    """Record inside the caller's transaction why the view could not be written."""
    ViewSchedule.update(error=error[:500]).where(ViewSchedule.id == schedule_id).execute()


def file_of(schedule: ScheduleView, due: datetime, zone: tzinfo) -> Path:
    """Return the path of the file for the due time `due`, the same at each attempt.

    Raises:
        ConfigError: the folder is gone, or the schedule was written by other means than `add`.
    """
    _check_file(schedule.format, schedule.to)
    name = re.sub(r"[^\w.-]+", "-", schedule.view).strip("-.") or "view"
    return Path(schedule.to) / f"{name}-{due.astimezone(zone):%Y-%m-%d-%H%M}.{schedule.format}"


def _check_day(every: str) -> None:
    if every not in DAYS:
        raise ConfigError(f"'{plain(every)[:40]}' is no day.", f"One of: {', '.join(DAYS)}.", field="every")


def _check_file(format: str, to: str) -> None:
    """Raise ConfigError for an ending that does not fit the format, or a folder that does not exist."""
    if format not in FORMATS:
        raise ConfigError(f"'{plain(format)[:40]}' is no format.", f"One of: {', '.join(FORMATS)}.", field="format")
    if to != NOTIFY and not (Path(to).is_absolute() and Path(to).is_dir()):
        raise ConfigError(
            f"'{plain(to)[:200]}' is no folder.", "Make it, and give its whole path; or write notify.", field="to"
        )


def _text(schedule: ScheduleView, documents: Sequence[dict[str, Any]]) -> str:
    flat = [json_values.flat(document) for document in documents]
    if schedule.columns:
        flat = [{name: row.get(name, "") for name in schedule.columns} for row in flat]
    if schedule.format == "json":
        return json.dumps(flat if schedule.columns else list(documents), ensure_ascii=False, indent=2) + "\n"
    names = list(schedule.columns) or list(dict.fromkeys(name for row in flat for name in row))
    out = io.StringIO()
    write_csv(out, [names, *([row.get(name, "") for name in names] for row in flat)])
    return out.getvalue()


def _known_columns(desk: Desk) -> tuple[str, ...]:
    """Return the columns of an order's JSON; none while the store has no order."""
    rows = search.page(desk, "", limit=1).rows
    return tuple(json_values.flat(order_row.document(rows[0]))) if rows else ()


def _is_day(every: str, local: datetime) -> bool:
    if every == "day":
        return True
    return local.weekday() < WEEK.index("saturday") if every == "weekday" else WEEK[local.weekday()] == every


def _saved(desk: Desk, name: str) -> saved_views.ViewOfOrders:
    found = next((view for view in saved_views.listing(desk) if view.name == name), None)
    if found is None:
        names = ", ".join(view.name for view in saved_views.listing(desk))
        raise NotFound(f"There is no view '{name[:40]}'.", f"Views: {names}.")
    return found


def _company_name(row: ViewSchedule) -> str:
    return row.company.name if row.company is not None else ""


def _view(row: ViewSchedule) -> ScheduleView:
    return ScheduleView(
        schedule_id=row.id,
        view=row.view_name,
        company=_company_name(row),
        every=row.days,
        at=row.time_of_day,
        to=row.target,
        format=row.format,
        columns=tuple(row.columns),
        next_at=row.next_at,
        last_at=row.last_at,
        error=row.error,
        made_by=row.made_by,
    )
