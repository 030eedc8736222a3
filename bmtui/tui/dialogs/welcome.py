"""Welcome dialog while there is no company: a key for each way to begin."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.tui.actions.why_not import READ_ONLY
from bmtui.tui.dialogs.base import DeskModal
from bmtui.tui.dialogs.confirm import Safe
from bmtui.tui.widgets.form import Paragraph

Choice = Literal["demo", "add", "read"]


class Welcome(DeskModal[Choice]):
    """Dialog of ways to begin; its answer is the chosen one, None to look around first."""

    GUARDED = False
    KEYS = (("d", "Demo"), ("a", "Add a company"), ("g", "Quick start"), ("Esc", "Look around"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "Look around first", show=False),
        Binding("d", "choose('demo')", "Demo", show=False),
        Binding("a", "choose('add')", "Add a company", show=False),
        Binding("g,f2,question_mark,f1", "choose('read')", "Quick start", show=False),
    ]

    def __init__(self, *, read_only: bool) -> None:
        super().__init__("Welcome to bmtui, the order desk for Back Market sellers")
        self._read_only = read_only

    def body(self) -> Iterable[Widget]:
        yield Paragraph(
            ("There is no company here yet. How do you want to begin?", ""),
            ("", ""),
            ("d  Try it on a practice marketplace", "bold"),
            ("   200 made-up orders on this machine; nothing leaves it, and all is gone when you quit.", ""),
            ("a  Add your company", "bold"),
            (f"   Not now: {READ_ONLY}" if self._read_only else
             "   With its token of the Back Office (Options › API); then download its orders.", ""),
            ("g  Read the quick start", "bold"),
            ("   The same, step by step: what to type, and what you will see.", ""),
        )  # fmt: skip
        yield Safe("Look around first")

    def action_choose(self, what: Choice) -> None:
        if what == "add" and self._read_only:
            self.wrong(READ_ONLY)
        else:
            self.finish(what)
