"""Job as lines of text: numbers, parameters, error, orders, log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from bmtui.desk.core.views import JobLogView, JobView
from bmtui.desk.jobs import jobs
from bmtui.desk.orders.marked import MarkedFields
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.text import Pieces, field, wrap
from bmtui.words import JobStatus, label

ORDERS_SHOWN = 200
"""Most orders of a job that are listed; the line above them gives their number."""


def progress(job: JobView) -> str:
    """Return the progress in numbers: ``120/480``, with the number of failures."""
    total = "" if job.total is None else f"/{job.total:,}"
    done = f"{job.processed:,}{total}" if job.processed or job.total is not None else ""
    return f"{done} ({job.failed:,} failed)" if job.failed else done


_MEANINGS = {
    JobStatus.FAILED: Meaning.LATE,
    JobStatus.PARTIAL_SUCCESS: Meaning.LATE,
    JobStatus.ON_HOLD: Meaning.SOON,
    JobStatus.COMPLETED: Meaning.DONE,
    JobStatus.CANCELLED: Meaning.NOTHING,
}


def meaning(job: JobView) -> Meaning:
    """Return the meaning of the job, which decides its glyph and colour."""
    return _MEANINGS.get(JobStatus(job.status), Meaning.GOING)


def status_text(job: JobView) -> str:
    """Return the label of the status, with "stopping" after a cancel, or "Waits" while Back Market is away."""
    if job.waits_since is not None and not job.cancel_requested:
        return "Waits"
    return f"{label(job.status)}, stopping" if job.cancel_requested and not job.ended else label(job.status)


def document(
    job: JobView,
    logs: Sequence[JobLogView],
    orders: Sequence[tuple[int, str]],
    marked: MarkedFields,
    zone: tzinfo,
    width: int,
) -> Iterable[Pieces]:
    """Yield the lines of a job at this width in cells."""
    told = f"{status_text(job)} · {progress(job)} {job.phase}".strip(" ·")
    yield from field("Status", told, width, meaning=meaning(job))
    yield from field("Type", f"{label(job.type)} · priority {label(job.priority)} · {job.company}", width)
    yield from field("Submitted", f"{time_format.stamp(job.submitted_at, zone)} by {job.submitted_by}", width)
    if job.started_at is None and job.scheduled_at > job.submitted_at:
        yield from field("Not before", time_format.stamp(job.scheduled_at, zone), width)
    yield from field("Started", time_format.stamp(job.started_at, zone) or "not yet", width)
    took = time_format.elapsed(job.started_at, job.completed_at)
    yield from field(
        "Completed", f"{time_format.stamp(job.completed_at, zone)} after {took}" if took else "not yet", width
    )
    yield from field("Attempts", str(job.attempts), width)
    if job.held_until is not None:
        held = f"until {time_format.stamp(job.held_until, zone)}: {job.held_because}"
        yield from field("Held", held, width, meaning=Meaning.GOING)
    if job.waits_since is not None:
        since = time_format.stamp(job.waits_since, zone)
        yield from field("Waits", f"for Back Market since {since}", width, meaning=Meaning.GOING)
    if job.error:
        yield from field("Error", LOCAL.sentence(job.error), width, meaning=Meaning.LATE)
    for name, values in (("Parameters", job.parameters), ("About", job.about), ("Output", job.output)):
        if values:
            yield from field(name, _pairs(values), width)
    if marked.orders:
        yield from field("Marked", marked.sentence, width, meaning=Meaning.SOON)
    yield ()
    yield ((f"Log ({len(logs)})", "title"),)
    for row in logs:
        lines = wrap(row.message, width - 10)
        at = f"{row.at.astimezone(zone):%H:%M:%S}  "
        for number, line in enumerate(lines):
            yield ((at if number == 0 else " " * 10, "dim"), (line, "bad" if row.is_error else ""))
    yield ()
    more = f", the first {ORDERS_SHOWN} of them" if len(orders) > ORDERS_SHOWN else ""
    yield ((f"Orders ({len(orders)}{more}{jobs.unchanged(job, len(orders))})", "title"),)
    for order_id, outcome in orders[:ORDERS_SHOWN]:
        yield ((f"{order_id}  {label(outcome)}", ""),)


def _pairs(values: Mapping[str, Any]) -> str:
    return " · ".join(f"{key.replace('_', ' ')}: {_text(value)}" for key, value in values.items())


def _text(value: Any) -> str:
    """Return a value of a job as text: lists and tables without brackets and quotes."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ") if isinstance(value, str) and value.islower() else str(value)
