"""Converter of foreign HTML to plain text, in linear time. Nothing of the HTML is ever executed."""

from __future__ import annotations

import html
import re

from bmtui.text import plain

_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]*+)[^<>]*+>")
_UNSEEN = frozenset({"script", "style", "head", "template"})
_BREAKS = frozenset(
    {*("p", "br", "div", "li", "tr", "ul", "ol", "table", "blockquote", "hr"), *(f"h{level}" for level in range(1, 7))}
)


def text_of(markup: str) -> str:
    """Return the visible text of `markup`: no tags, comments, scripts or styles; blocks and breaks become line breaks.

    A `<` that opens no tag stays, as in plain text. Characters that could steer a terminal are removed
    (`bmtui.text.plain`), also those that came as entities.
    """
    kept: list[str] = []
    place = 0
    while (start := markup.find("<", place)) >= 0:
        kept.append(html.unescape(markup[place:start]))
        if markup.startswith("<!--", start):
            end = markup.find("-->", start + 4)
            # A comment, or below a script, that never ends takes all the rest with it, as in a browser.
            place = len(markup) if end < 0 else end + 3
            continue
        tag = _TAG.match(markup, start)
        if tag is None:
            kept.append("<")
            place = start + 1
            continue
        place, name = tag.end(), tag[1].lower()
        if name in _UNSEEN and markup[start + 1] != "/":
            close = re.compile(rf"</{name}[^<>]*+>", re.IGNORECASE).search(markup, place)
            place = close.end() if close else len(markup)
        elif name in _BREAKS:
            kept.append("\n")
    kept.append(html.unescape(markup[place:]))
    lines = (" ".join(line.split()) for line in plain("".join(kept), multiline=True).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
