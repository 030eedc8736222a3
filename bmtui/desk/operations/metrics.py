"""Metrics for a monitor: numbers about the installation, never about a customer, never a token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from peewee import JOIN, fn

from bmtui import __version__
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import ship_by
from bmtui.desk.sync import quarantine
from bmtui.queue.liveness import living
from bmtui.store.migrations import LATEST
from bmtui.store.models import Audit, Company, Effect, Job, Order, Pause, SyncMark
from bmtui.words import EFFECT_LIVE, JobStatus


@dataclass(frozen=True, slots=True)
class Sample:
    """Value of a metric with its labels; in seconds if the metric's name says so."""

    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric with a sample for each set of labels; a counter only grows."""

    name: str
    help: str
    kind: Literal["gauge", "counter"]
    samples: tuple[Sample, ...]


def read(desk: Desk) -> tuple[Metric, ...]:
    """Return all metrics from one snapshot of the store; the channel is not called."""
    with desk.store.snapshot():
        return tuple(Metric(*head, tuple(samples)) for head, samples in _metrics(desk))


def prometheus(metrics: tuple[Metric, ...]) -> str:
    """Return the metrics in Prometheus' text format 0.0.4."""
    lines = []
    for metric in metrics:
        lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"]
        for sample in metric.samples:
            labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels.items())
            lines.append(f"{metric.name}{f'{{{labels}}}' if labels else ''} {sample.value:.15g}")
    return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _metrics(desk: Desk) -> Iterator[tuple[tuple[str, str, Literal["gauge", "counter"]], Iterator[Sample]]]:
    now = desk.now()
    yield (
        ("bmtui_info", "The release and the schema that it knows.", "gauge"),
        iter([Sample(1, {"version": __version__, "schema": str(LATEST)})]),
    )
    yield ("bmtui_orders", "Orders by company and status.", "gauge"), _grouped(Order, Order.status, "status")
    yield (
        ("bmtui_orders_on_channel", "Orders by company and what Back Market says.", "gauge"),
        _grouped(Order, Order.channel_status, "channel_status"),
    )
    yield ("bmtui_orders_late", "Orders to ship whose ship-by time has passed.", "gauge"), _late(desk)
    yield ("bmtui_jobs", "Jobs by company, type and status.", "gauge"), _jobs()
    due = (Job.status == JobStatus.SUBMITTED) & (Job.scheduled_at <= now)
    yield ("bmtui_jobs_due", "Jobs that a worker could run now.", "gauge"), _one(Job.select().where(due).count())
    oldest = Job.select(fn.MIN(Job.scheduled_at)).where(due).scalar()
    yield (
        ("bmtui_job_oldest_due_seconds", "For how long the oldest due job has waited.", "gauge"),
        _one(_age(now, oldest)),
    )
    yield ("bmtui_workers", "Workers that are alive.", "gauge"), _one(len(living(desk.store)))
    yield ("bmtui_outbox_effects", "Writes to Back Market by company, kind and state.", "gauge"), _effects()
    open_since = Effect.select(fn.MIN(Effect.made_at)).where(Effect.state.in_(EFFECT_LIVE)).scalar()
    yield (
        ("bmtui_outbox_oldest_seconds", "For how long the oldest unsettled write has been open.", "gauge"),
        _one(_age(now, open_since)),
    )
    yield ("bmtui_sending_paused", "Pauses that stand, by company ('' is all) and cause.", "gauge"), _pauses()
    hold = jobs.held(desk)
    yield (
        ("bmtui_held_seconds", "For how long everybody stays away from the channel.", "gauge"),
        _one(max((hold.until - now).total_seconds(), 0) if hold is not None else 0),
    )
    yield (
        ("bmtui_orders_unreadable", "Raw orders in the quarantine.", "gauge"),
        _one(len(quarantine.listing(desk))),
    )
    yield (
        ("bmtui_backup_age_seconds", "For how long there was no backup; none was ever made: no sample.", "gauge"),
        _backup(now),
    )
    yield (
        ("bmtui_sync_age_seconds", "How far each company's orders are behind, by the channel's time.", "gauge"),
        _sync(now),
    )


def _one(value: float) -> Iterator[Sample]:
    yield Sample(value)


def _age(now: datetime, since: Any) -> float:
    return max((now - since).total_seconds(), 0) if since is not None else 0


def _grouped(model: Any, column: Any, name: str) -> Iterator[Sample]:
    query = model.select(Company.name, column, fn.COUNT(model.id)).join(Company)
    for company, value, count in query.group_by(Company.name, column).order_by(Company.name, column).tuples():
        yield Sample(count, {"company": company, name: value})


def _late(desk: Desk) -> Iterator[Sample]:
    for company in Company.select(Company.id, Company.name).order_by(Company.name):
        count = ship_by.late(desk, company.id)
        if count:
            yield Sample(count, {"company": company.name})


def _jobs() -> Iterator[Sample]:
    columns = (Company.name, Job.type, Job.status)
    query: Any = Job.select(*columns, fn.COUNT(Job.id)).join(Company, JOIN.LEFT_OUTER)
    for company, kind, status, count in query.group_by(*columns).order_by(*columns).tuples():
        yield Sample(count, {"company": company or "", "type": kind, "status": status})


def _effects() -> Iterator[Sample]:
    columns = (Company.name, Effect.kind, Effect.state)
    query: Any = Effect.select(*columns, fn.COUNT(Effect.id)).join(Company)
    for company, kind, state, count in query.group_by(*columns).order_by(*columns).tuples():
        yield Sample(count, {"company": company, "kind": kind, "state": state})


def _pauses() -> Iterator[Sample]:
    names = {str(row.id): row.name for row in Company.select(Company.id, Company.name)}
    for row in Pause.select().order_by(Pause.scope, Pause.cause):
        yield Sample(1, {"company": names.get(row.scope, ""), "cause": row.cause})


def _backup(now: datetime) -> Iterator[Sample]:
    latest = Audit.select(fn.MAX(Audit.at)).where(Audit.action == "store.backed_up").scalar()
    if latest is not None:
        yield Sample(_age(now, latest))


def _sync(now: datetime) -> Iterator[Sample]:
    for mark in SyncMark.select(SyncMark, Company).join(Company).order_by(Company.name):
        if mark.modified_until is not None:
            yield Sample(_age(now, mark.modified_until), {"company": mark.company.name})
