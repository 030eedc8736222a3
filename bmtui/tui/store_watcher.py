"""Store watcher: shows commits, ended jobs and the passing of time on the topmost screen and in the header."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from textual.screen import ModalScreen

from bmtui.errors import BmtuiError
from bmtui.text import how_many
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.text import Pieces
from bmtui.words import EffectState, label

if TYPE_CHECKING:
    from bmtui.desk.companies.sending_pauses import PauseView
    from bmtui.desk.core.views import JobView
    from bmtui.desk.outbox.actions import EffectView
    from bmtui.desk.overview.today import Row
    from bmtui.queue.limits import Held
    from bmtui.tui.shell import Shell

POLL_S = 0.5
"""Seconds between two reads of the change mark, which needs neither network nor disk."""

PARCELS = ("acceptance", "fulfilment_upload")
"""Jobs whose failure gets a dialog, because a parcel is about to be packed, or is packed."""

OFFLINE_AFTER = timedelta(minutes=1)
"""Shortest outage that is shown."""

NAMED = 2
"""Most packers that the header names; it counts more of them."""

TOLD = 5
"""Most stopped parcels that one dialog lists."""

_CAUSES = {"person": "PAUSED", "token": "TOKEN REFUSED", "shadow": "SHADOW"}

JOBS_WATCHED = 50
"""Number of latest jobs among which the header counts the running ones."""


class Lookout:
    """Watcher of the store for the app; it has the topmost screen show the changes.

    Attributes:
        minute: the current time, which moves once a minute so that clocks redraw no oftener.
        held: until when Back Market takes nothing from us, or None.
        needs: the number of things that need a person, or None before the first count.
        pauses: the pauses that keep the companies in view from sending.
    """

    def __init__(self, app: Shell) -> None:
        self._app = app
        self.minute = app.desk.now().replace(second=0, microsecond=0)
        self.held: Held | None = None
        self.needs: int | None = None
        self._mark: int | None = None
        self._checking = asyncio.Lock()
        self._live: dict[int, JobView] = {}
        self._rows: Sequence[Row] = ()
        self._offline_since: datetime | None = None
        self._as_of: datetime | None = None
        self.pauses: tuple[PauseView, ...] = ()
        self._planned: tuple[EffectView, ...] = ()
        self._shut: set[tuple[str, str]] = set()
        self._counting = False
        self._packers: tuple[str, ...] = ()

    async def begin(self) -> None:
        """Take the present state of the store as read: only later commits count as changes."""
        self._mark = await self._app.desk.change_mark()

    async def first(self) -> None:
        """Read the header's data for the first time; then check for changes at intervals."""
        await self._look()
        self._app.top.show_header()
        self._app.set_interval(POLL_S, self.check)
        self._app.set_interval(1, self._count_down)

    @property
    def is_quiet(self) -> bool:
        """True once the header's data was read, while no check is under way."""
        return self.needs is not None and not self._checking.locked()

    async def check(self) -> None:
        """Reload the visible data if anything was committed; redraw the clocks when a minute has passed."""
        app = self._app
        async with self._checking:
            await self._check()
        minute = app.desk.now().replace(second=0, microsecond=0)
        if minute != self.minute:
            from bmtui.desk.overview import today

            self.minute = minute
            self._rows = await app.desk.read(today.rows, today.IN_HEADER)
            app.top.show_header()
            app.top.minute_passed()

    async def check_everything(self) -> None:
        """Read the visible data again, because another company is in view."""
        async with self._checking:
            self._mark = None
            await self._check()

    async def _check(self) -> None:
        app = self._app
        try:
            mark = await app.desk.change_mark()
            freed = self.held is not None and self.held.until <= app.desk.now()
            if mark != self._mark or freed:
                await self._look()
                app.top.show_header()
                app.top.changed()
            self._mark = mark
        except BmtuiError as error:
            app.top.say(str(error), "bad")

    def _count_down(self) -> None:
        """Show the seconds until the last planned write leaves; the terminal gets no data while none is about to."""
        from bmtui.desk.outbox.actions import SOON

        app = self._app
        now = app.desk.now()
        leaving = [view for view in self._planned if timedelta() < view.not_before - now <= SOON]
        if (not leaving and not self._counting) or not app.top.is_complete:
            return
        self._counting = bool(leaving)
        app.top.second_passed()
        # Only own writes can be taken back.
        mine = [view for view in leaving if view.made_by == app.desk.actor]
        same = [view for view in mine if view.job_id == mine[0].job_id]
        app.top.count_down(same, now, waits=self._waits(same[0]) if same else "")

    def _waits(self, view: EffectView) -> str:
        """Return in a few words why the write will not leave in time; '' when it will."""
        if self.is_paused(view.company):
            return "sending is paused"
        return "a toggle of the settings is off" if (view.company, view.kind) in self._shut else ""

    def is_paused(self, company: str) -> bool:
        """True if sending is paused for this company, or for all."""
        return any(pause.company in ("", company) for pause in self.pauses)

    async def _look(self) -> None:
        # These modules load late: the first list does not need them.
        from bmtui.desk.companies import sending_pauses
        from bmtui.desk.core import needs_attention
        from bmtui.desk.jobs import jobs
        from bmtui.desk.outbox import actions as outbox
        from bmtui.desk.overview import today
        from bmtui.desk.shipping import packing_locks
        from bmtui.desk.sync import schedule

        app = self._app
        latest = await app.desk.read(jobs.listing, limit=JOBS_WATCHED)
        waiting = await app.desk.read(outbox.listing, limit=JOBS_WATCHED)
        stopped: list[str] = []
        for job in latest:
            if job.job_id not in self._live:
                continue
            mine = job.submitted_by == app.desk.actor
            if not job.ended:
                if mine and job.error and job.error != self._live[job.job_id].error:
                    app.top.say(f"{_named(job)} is tried again automatically. {job.error}", "warn")
                continue
            unknown = [v for v in waiting if v.job_id == job.job_id and v.state == EffectState.NEEDS_PERSON]
            failed = job.status in ("failed", "partial_success")
            if unknown:
                about = f"Outcome unknown: {outbox.summary(unknown)}."
                app.top.say(f"{about} Do not repeat it: Q, then s, settles it.", "bad")
            else:
                app.top.say(f"{_named(job)}: {label(job.status)}. {job.error}".strip(), "bad" if failed else "")
            if failed and job.type in PARCELS and mine:
                stopped.append(f"Order {job.about.get('order_id', '')}: {job.error}")
        self._tell_stopped(stopped)
        self._live = {job.job_id: job for job in latest if not job.ended}
        self.held = await app.desk.read(jobs.held)
        self.pauses = await app.desk.read(sending_pauses.standing)
        self._planned = tuple(view for view in waiting if view.state == EffectState.PLANNED)
        alike = {(view.company, view.kind): view.effect_id for view in self._planned}
        self._shut = {key for key, one in alike.items() if await app.desk.read(outbox.kept_back, one)}
        self._rows = await app.desk.read(today.rows, today.IN_HEADER)
        away = next(row for row in self._rows if row.kind is today.Kind.CHANNEL_AWAY)
        lasts = away.oldest_at is not None and app.desk.now() - away.oldest_at >= OFFLINE_AFTER
        self._offline_since = away.oldest_at if lasts else None
        self._as_of = await app.desk.read(schedule.read_until)
        self._packers = await app.desk.read(packing_locks.packers)
        needs = await app.desk.read(needs_attention.count)
        if self.needs is not None and needs > self.needs:
            app.bell()
        self.needs = needs

    def _tell_stopped(self, stopped: list[str]) -> None:
        """Show a dialog about this operator's parcels that were stopped, for example by the buyer's cancellation."""
        from bmtui.tui.dialogs.confirm import Notice

        app = self._app
        # Do not interrupt an open dialog or a scan.
        if stopped and not isinstance(app.screen, ModalScreen) and app.top.PLACE != "scan":
            more = [f"And {len(stopped) - TOLD:,} more: J shows them."] if len(stopped) > TOLD else []
            app.spawn(app.show(Notice("Not done on Back Market", (*stopped[:TOLD], *more))))

    def header(self) -> tuple[Pieces, Pieces, Pieces]:
        """Return the header's parts: company and environment; freshness and jobs; counts of the work to do."""
        return self._who_and_where(), self._freshness(), self._counters()

    def _who_and_where(self) -> Pieces:
        """Company · platform · live or sandbox · read-only · a pause of sending."""
        app = self._app
        shown = [view for view in app.companies if app.desk.company in (None, view.name)]
        shown = [view for view in shown if view.enabled] or shown
        if not shown:
            name, platform, where = "no company yet", "", ""
        else:
            name = shown[0].name if len(shown) == 1 else how_many(len(shown), "company", "companies")
            platform = ", ".join(sorted({view.platform.upper() for view in shown}))
            where = " + ".join(sorted({"SANDBOX" if view.is_practice else "LIVE" for view in shown}))
        pieces = [("bmtui", "bold"), (f" · {name}", "")]
        pieces += [(f" · {platform}", "")] if platform else []
        pieces += [(" · ", ""), (where, "label" if "LIVE" in where else "warn")] if where else []
        pieces += [(" · ", ""), ("READ-ONLY", "warn")] if app.desk.read_only else []
        for pause in self.pauses[:1]:
            whose = f" for {pause.company}" if pause.company and len(shown) > 1 else ""
            pieces += [(" · ", ""), (f"{_CAUSES[pause.cause]}{whose}", "bad")]
        return tuple(pieces)

    def _freshness(self) -> Pieces:
        """Time of the last read or start of the outage · hold · uploads that are off · packers · jobs."""
        app = self._app
        zone = app.zone(app.desk.company)
        pieces: list[tuple[str, str]] = []
        if self._offline_since is not None:
            pieces.append((f"OFFLINE since {time_format.short(self._offline_since, zone, self.minute)}", "bad"))
        elif self._as_of is not None:
            pieces.append((f"as of {time_format.short(self._as_of, zone, self.minute)}", "dim"))
        if self.held is not None and self.held.until > app.desk.now():
            pieces.append((f"HELD until {self.held.until.astimezone(zone):%H:%M:%S}", "warn"))
        shown = [view for view in app.companies if app.desk.company in (None, view.name) and view.enabled]
        if any(not view.allow_fulfillment_upload for view in shown):
            pieces.append(("UPLOADS OFF", "warn"))
        several = (
            how_many(len(self._packers), "person", "people")
            if len(self._packers) > NAMED
            else " and ".join(self._packers)
        )
        pieces += [(f"packing: {several}", "")] if self._packers else []
        running = sum(1 for job in self._live.values() if job.status == "processing")
        waiting = len(self._live) - running
        counts = [f"{running} running" if running else "", f"{waiting} waiting" if waiting else ""]
        jobs_text = " · ".join(count for count in counts if count)
        pieces += [(f"jobs: {jobs_text}", "")] if jobs_text else []
        return tuple(piece for part in pieces for piece in ((" · ", ""), part))[1:]

    def _counters(self) -> Pieces:
        """Counts of the work that needs a person, each with its glyph, without the zeros."""
        if not self._rows:
            # Before the first count: what counts takes a tenth of the start to load, and the list is drawn first.
            return ()
        from bmtui.desk.overview.today import Kind, shown

        counts = {row.kind: row.count for row in self._rows}
        named = (
            (Meaning.UNKNOWN.piece, Kind.UNKNOWN, ""),
            (Meaning.LATE.piece, Kind.SHIP_LATE, " late"),
            (Meaning.SOON.piece, Kind.SHIP_SOON, " soon"),
            (("E", ""), Kind.CUSTOMERS, ""),
            (("I", ""), Kind.INVOICES, ""),
        )
        pieces: list[tuple[str, str]] = []
        for (glyph, style), kind, word in named:
            if counts.get(kind):
                pieces += [(" ", ""), (glyph, style), (f"{shown(counts[kind])}{word}", "")]
        return tuple(pieces[1:])


def _named(job: JobView) -> str:
    """Name of a job: number, type and order."""
    order_id = job.about.get("order_id")
    return f"Job {job.job_id} {label(job.type)}" + (f" of order {order_id}" if order_id else "")
