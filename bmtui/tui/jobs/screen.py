"""Screens of jobs: the list with live numbers, and one job with its log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from textual.widget import Widget

from bmtui.desk.core.views import JobView
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import marked as marked_fields
from bmtui.text import how_many
from bmtui.tui.actions import registry
from bmtui.tui.actions.why_not import Context
from bmtui.tui.jobs.document import document, meaning, progress, status_text
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.lines import Line, Reader
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.table import Column
from bmtui.tui.widgets.text import Pieces
from bmtui.words import label


class JobActs(DeskScreen):
    """Screen with a job to act on."""

    @property
    def job(self) -> JobView | None:
        """Job that is open, or under the cursor."""
        raise NotImplementedError

    def context(self) -> Context:
        return replace(super().context(), job=self.job)


class JobsScreen(JobActs, ListScreen[JobView]):
    """Screen of the latest jobs."""

    PLACE = "jobs"
    BINDINGS = registry.bindings(PLACE)
    TITLE_TEXT = "Jobs"
    EMPTY = (("No jobs yet. Press ", ""), ("D", "key"), (" to download orders.", ""))

    def columns(self) -> Sequence[Column[JobView]]:
        app = self.desk_app
        return (
            Column("id", "Job", 6, lambda job: str(job.job_id)),
            Column("type", "Type", 20, lambda job: label(job.type)),
            Column("status", "Status", 16, status_text),
            Column("progress", "Progress", 14, progress),
            Column("company", "Company", 12, lambda job: job.company, rank=3),
            Column("by", "By", 16, lambda job: job.submitted_by, rank=4),
            Column(
                "submitted",
                "Submitted",
                12,
                lambda job: time_format.short(job.submitted_at, app.list_zone, app.minute),
                rank=2,
            ),
            Column("error", "Note", 14, self._known, grows=True, rank=1),
        )

    def _known(self, job: JobView) -> str:
        """Return the order of the job, and its error, or its phase while it goes on."""
        order_id = job.about.get("order_id")
        goes = job.error or ("" if job.ended else job.phase)
        if job.waits_since is not None:
            zone = self.desk_app.zone(job.company or None)
            since = time_format.short(job.waits_since, zone, self.desk_app.minute)
            goes = f"waits for Back Market since {since}: {goes}".rstrip(": ")
        return ": ".join(filter(None, (f"order {order_id}" if order_id else "", goes)))

    def meaning_of(self, row: JobView) -> Meaning:
        return meaning(row)

    def key_of(self, row: JobView) -> object:
        return row.job_id

    async def find(self, query: str, limit: int) -> Sequence[JobView]:
        return await self.desk_app.desk.read(jobs.listing, limit=limit)

    def told(self, shown: Sequence[JobView], more: bool) -> Pieces:
        number = f"the latest {how_many(len(shown), 'job')}; there are more" if more else f"{len(shown)}, newest first"
        return ((f"Jobs · {number}", "dim"),)

    @property
    def job(self) -> JobView | None:
        return self.current

    def minute_passed(self) -> None:
        self.table.redraw()

    async def do_open(self) -> None:
        job = self.job
        if job is not None:
            await self.desk_app.show(JobScreen(job.job_id))


class JobScreen(JobActs):
    """Screen of one job: numbers, parameters, error, log, orders; kept up to date."""

    PLACE = "job"
    BINDINGS = registry.bindings(PLACE)

    def __init__(self, job_id: int) -> None:
        super().__init__()
        self._job_id = job_id
        self._job: JobView | None = None

    def body(self) -> Iterable[Widget]:
        yield Line((f"Job {self._job_id}", "bold"), id="title")
        yield Reader(id="job")

    @property
    def job(self) -> JobView | None:
        return self._job

    def reload(self) -> None:
        self.read(self._read)

    def on_reader_resized(self) -> None:
        self.reload()

    async def _read(self) -> None:
        app = self.desk_app
        self._job = await app.desk.read(jobs.show, self._job_id)
        logs = await app.desk.read(jobs.logs, self._job_id)
        linked = await app.desk.read(jobs.orders_of, self._job_id)
        marked = await app.desk.read(marked_fields.of_job, self._job_id)
        reader = self.part(Reader)
        zone = app.zone(self._job.company or None)
        reader.show(document(self._job, logs, linked, marked, zone, reader.size.width))
