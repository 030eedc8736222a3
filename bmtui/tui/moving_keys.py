"""Moving keys: they move the cursor of a list, or scroll a text; a count before them says how far."""

from __future__ import annotations

from typing import Any

from bmtui.tui.widgets.lines import Reader
from bmtui.tui.widgets.table import Table

FAR = 10**9
"""Number of a line that is below all others."""


class MovingKeys:
    """Part of a screen that moves the cursor of its list, or scrolls its text."""

    times: int | None = None
    """Count that was typed before the key of the current action; None without one."""

    @property
    def list_or_text(self) -> Table[object] | Reader:
        """List or text of the screen, which the moving keys move."""
        raise NotImplementedError

    def _move(self, rows: int) -> None:
        view = self.list_or_text
        if isinstance(view, Table):
            view.move_by(rows)
        else:
            view.scroll_by(rows)

    @property
    def _page(self) -> int:
        view = self.list_or_text
        return view.height if isinstance(view, Table) else view.page

    def go_down(self) -> None:
        self._move(self.times or 1)

    def go_up(self) -> None:
        self._move(-(self.times or 1))

    def go_page_down(self) -> None:
        self._move(self._page * (self.times or 1))

    def go_page_up(self) -> None:
        self._move(-self._page * (self.times or 1))

    def go_half_down(self) -> None:
        self._move(self.times or max(self._page // 2, 1))

    def go_half_up(self) -> None:
        self._move(-(self.times or max(self._page // 2, 1)))

    def go_top(self) -> None:
        self._go_to((self.times or 1) - 1)

    def go_end(self) -> None:
        self._go_to(self.times - 1 if self.times else FAR)

    def do_end(self) -> Any:
        self.go_end()

    def _go_to(self, line: int) -> None:
        view = self.list_or_text
        if isinstance(view, Table):
            view.move_to(line)
        else:
            view.scroll_to_line(line)
