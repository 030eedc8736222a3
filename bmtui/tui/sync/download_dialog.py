"""Dialog of Download Back Market Orders: company and start date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.desk.core.views import CompanyView
from bmtui.desk.sync.download import SINCE, start_of
from bmtui.tui.dialogs.base import FORM, DeskModal
from bmtui.tui.dialogs.form import field, row
from bmtui.tui.widgets.form import Choice, Entry, Paragraph, Row

USUAL = timedelta(days=7)
"""Time before today at which the start date lies at first."""


@dataclass(frozen=True, slots=True)
class DownloadAnswer:
    """Answer of the dialog; `since` is the start date as it was typed."""

    company: str
    since: str


class Download(DeskModal[DownloadAnswer]):
    """Dialog for the company and the start date."""

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
        yield row(field(SINCE, (self._today - USUAL).isoformat()))
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
        self.once(self._download)

    async def _download(self) -> None:
        company, since = self.part("#company", Choice).value, self.part("#since", Entry).entered
        try:
            await self.desk_app.desk.read(start_of, company, since)
        except Exception as error:  # noqa: BLE001 - said in the dialog, which stays open with what was typed
            self.wrong(error)
            return
        self.finish(DownloadAnswer(company, since))
