"""Dialog for a message to a customer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import TextArea

from bmtui.desk.after_sales.replies import CareWrite
from bmtui.text import plain
from bmtui.tui.dialogs.base import FORM, DeskModal
from bmtui.tui.widgets.form import Choice, Entry, Paragraph, Row

NONE = ("", "none: write it yourself")


class Answer(DeskModal[CareWrite]):
    """Dialog for text and files; a template fills the text as long as nothing was typed into it.

    Args:
        last: the customer's last message, shown while writing.
        templates: filled text by name.
        attempt: makes the write from text and files; its error is shown in the dialog.
        review: shows what would be sent and asks for a Y; without it the dialog goes on, with all that was typed.
        about: name of the draft: unsent text is there again the next time.
        problems: types to choose from, for a problem report; empty for a message.
    """

    LOSES = False
    DEFAULT_CSS = "Answer TextArea { height: 9; margin-top: 1; border: none; padding: 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [*FORM, Binding("ctrl+s,f2", "save", "Review", show=False)]
    KEYS = (("Tab", "Next field"), ("^s", "Review"), ("Esc", "Close"))

    def __init__(
        self,
        heading: str,
        last: str,
        templates: Mapping[str, str],
        attempt: Callable[[str, str, Sequence[str]], Awaitable[CareWrite]],
        review: Callable[[CareWrite], Awaitable[bool | None]],
        *,
        about: str,
        problems: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(heading)
        self._review, self._about = review, about
        self._last, self._templates, self._attempt, self._problems = last, templates, attempt, problems

    def body(self) -> Iterable[Widget]:
        if self._last:
            yield Paragraph((f"They wrote: {plain(self._last)[:300]}", "dim"))
        if self._problems:
            yield Row("Problem", Choice(self._problems, self._problems[0][0], id="kind"))
        if self._templates:
            names = [NONE, *((name, name) for name in self._templates)]
            yield Row("Template", Choice(names, "", id="template"))
        text, files = self.desk_app.memory.drafts.get(self._about, ("", ""))
        area = TextArea(text, id="text", soft_wrap=True, show_line_numbers=False, tab_behavior="focus")
        area.cursor_blink = False
        yield area
        hint = "none; paths with | between them, 10 × 3 MB"
        yield Row("Files", Entry(files, placeholder=hint, limit=4000, id="files"))

    def on_choice_changed(self, event: Choice.Changed) -> None:
        self.wrong("")
        if event.choice.id == "template":
            area = self.part(TextArea)
            if area.text.strip() in ("", *(text.strip() for text in self._templates.values())):
                area.text = self._templates.get(event.choice.value, "")

    def on_input_submitted(self) -> None:
        self.focus_next()

    def action_save(self) -> None:
        self.once(self._save)

    async def _save(self) -> None:
        files = [part.strip() for part in self.part("#files", Entry).entered.split("|") if part.strip()]
        kind = self.part("#kind", Choice).value if self._problems else ""
        try:
            planned = await self._attempt(kind, self.part(TextArea).text, files)
        except Exception as error:  # noqa: BLE001 - said in the dialog, which stays open with what was typed
            self.wrong(error)
            return
        self.wrong("")
        if await self._review(planned):
            self.desk_app.memory.drafts.pop(self._about, None)
            self.finish(planned)

    def action_close(self) -> None:
        text, drafts = self.part(TextArea).text, self.desk_app.memory.drafts
        if text.strip() in ("", *(filled.strip() for filled in self._templates.values())):
            drafts.pop(self._about, None)
        else:
            drafts[self._about] = (text, self.part("#files", Entry).value)
            self.desk_app.top.say("What you wrote is kept until you leave the desk: it is there when you answer again.")
        super().action_close()
