"""Table of all keys of all screens, for the guide, made from the registry."""

from __future__ import annotations

from bmtui.tui.actions import registry


def keys(_: str) -> str:
    """Return the keys as Markdown, a heading for each screen."""
    places = list(dict.fromkeys(place for action in registry.ACTIONS for place in action.places if place != "*"))
    lines = []
    for place in places:
        lines += [f"## {place.capitalize()}", ""]
        for shown, action in registry.rows(place):
            lines.append(f"- `{shown}` **{action.label}**" + (f": {action.more}" if action.more else ""))
        lines.append("")
    return "\n".join(lines)
