"""Download Back Market Orders: company and Start Date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.desk.core.views import CompanyView
from bmtui.errors import NotRead
from bmtui.tui.dialogs.base import FORM, DeskModal
from bmtui.tui.widgets.form import Choice, Entry, Paragraph, Row
from bmtui.values.date import read_day

USUAL = timedelta(days=7)
"""How far back the Start Date lies at first."""


@dataclass(frozen=True, slots=True)
class DownloadAnswer:
    """What was gathered; `since` is an ISO date in the company's zone."""

    company: str
    since: str


class Download(DeskModal[DownloadAnswer]):
    """Asks for the company and the Start Date."""

    GUARDED = False
    KEYS = (("Tab", "Next field"), ("^s", "Download"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = [
        *FORM,
        Binding("enter", "app.focus_next", "Next field", show=False),
        Binding("ctrl+s,f2", "download", "Download", show=False),
    ]

    def __init__(self, companies: Sequence[CompanyView], first: str | None, today: date) -> None:
        super().__init__("Download Back Market Orders")
        self._companies, self._first, self._today = companies, first, today

    def body(self) -> Iterable[Widget]:
        yield Row(
            "Company", Choice([(view.name, view.name) for view in self._companies], self._first or "", id="company")
        )
        yield Row("Start Date", Entry((self._today - USUAL).isoformat(), limit=10, replaced=True, id="since"))
        yield Paragraph(
            ("", ""),
            (
                "A queued job fetches all orders created from this day on; the next one creates them here.",
                "dim",
            ),
        )

    def on_input_submitted(self) -> None:
        self.focus_next()

    def action_download(self) -> None:
        since = self.part("#since", Entry).entered
        try:
            day = read_day(since, self._today, field="since")
        except NotRead as error:
            self.wrong(error)
            return
        if day > self._today:
            self.wrong(f"{since} is in the future; today is {self._today.isoformat()}.")
            return
        self.finish(DownloadAnswer(self.part("#company", Choice).value, day.isoformat()))
