"""Dialog of the guides, which are read without leaving the desk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui import guides
from bmtui.tui.dialogs.base import READING, DeskModal
from bmtui.tui.dialogs.pick import Option, Pick
from bmtui.tui.widgets.lines import Reader
from bmtui.tui.widgets.text import Pieces, wrap

_STANDS = re.compile(r"#|    |[-*] |\d+\. |\||$")
"""Beginnings of a line that is not joined to the one before."""
_STARRED = re.compile(r"\*(\S[^*`]*)\*")


class Guides(DeskModal[None]):
    """Dialog of one guide at a time; the arrows lead to the next one."""

    GUARDED = False
    KEYS = (("Esc", "Close"), ("/", "Find"), ("j/k", "Scroll"), ("h/l", "Another guide"))
    BINDINGS: ClassVar[list[BindingType]] = [
        *READING,
        Binding("l,right", "turn(1)", "Next guide", show=False),
        Binding("h,left", "turn(-1)", "Guide before", show=False),
        Binding("slash,i", "find", "Find", show=False),
        Binding("enter,f2", "close", "Close", show=False),
    ]
    AUTO_FOCUS = "Reader"

    def __init__(self, topic: str = "quickstart") -> None:
        super().__init__("Guides")
        self._topics = tuple(guides.TOPICS)
        self._at = self._topics.index(topic)

    def body(self) -> Iterable[Widget]:
        yield Reader()

    def on_reader_resized(self) -> None:
        self.part(Reader).show(self._lines())

    def action_turn(self, by: int) -> None:
        self._at = (self._at + by) % len(self._topics)
        self.part(Reader).show(self._lines(), top=0)

    def action_find(self) -> None:
        self.desk_app.spawn(self._find())

    async def _find(self) -> None:
        chosen = await self.desk_app.ask(GuideIndex(guides.sections(_parts())))
        if chosen is None:
            return
        topic, _, heading = chosen.partition("\n")
        self._at = self._topics.index(topic)
        reader = self.part(Reader)
        reader.show(self._lines(), top=0)
        if heading and heading in reader.texts:
            reader.scroll_to_line(reader.texts.index(heading))

    def _lines(self) -> Iterable[Pieces]:
        topic = self._topics[self._at]
        yield ((f"{self._at + 1} of {len(self._topics)} · bmtui help {topic}", "dim"),)
        for line in flowing(guides.text(topic, _parts()).splitlines()):
            yield from lines_of(line, self.part(Reader).size.width)


class GuideIndex(Pick):
    """Dialog of all guides with a line each; typed words find the sections of all guides that have them.

    Its answer is the topic, then a line break and the heading.
    """

    NOTHING = "No guide has all of these words."

    def __init__(self, sections: Sequence[guides.Section]) -> None:
        super().__init__(
            "Guides: type words to find", [(topic, topic, about) for topic, about in guides.TOPICS.items()]
        )
        self._sections = sections

    def matches(self, text: str) -> Sequence[Option]:
        topics = super().matches(text)
        if not text.strip():
            return topics
        return [*topics, *map(_of_section, guides.search(text, self._sections))]


def _of_section(section: guides.Section) -> Option:
    return f"{section.topic}\n{section.heading}", section.topic, section.heading


def _parts() -> Mapping[str, guides.Part]:
    from bmtui.desk.operations.guide_tables import PARTS
    from bmtui.tui.actions.keys_guide import keys

    return {**PARTS, "keys": keys}


def flowing(lines: Iterable[str]) -> list[str]:
    """Return each paragraph and each item of a list as one line, ready to be wrapped again."""
    flowed: list[str] = []
    for line in lines:
        if flowed and not _STANDS.match(line) and flowed[-1] and not flowed[-1].startswith(("#", "    ", "|")):
            flowed[-1] += f" {line.strip()}"
        else:
            flowed.append(line)
    return flowed


def lines_of(line: str, width: int) -> Iterable[Pieces]:
    """Yield a line of Markdown as lines of the screen, `width` cells wide; code (indented by four) stays as it is."""
    if line.startswith("#"):
        yield ((line.lstrip("# "), "title"),)
    elif line.startswith("    "):
        yield ((line[2:], "key"),)
    else:
        text = _STARRED.sub(r"\1", line.replace("**", "")).replace("`", "")
        yield from (((part, ""),) for part in wrap(text, width)) if text else ((),)
