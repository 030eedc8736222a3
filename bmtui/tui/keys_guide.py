"""All keys of all screens, for the guide: from the registry."""

from __future__ import annotations

from bmtui.tui import actions


def keys(_: str) -> str:
    """Markdown, a heading a screen."""
    places = list(dict.fromkeys(place for action in actions.ACTIONS for place in action.places if place != "*"))
    lines = []
    for place in places:
        lines += [f"## {place.capitalize()}", ""]
        for shown, action in actions.rows(place):
            lines.append(f"- `{shown}` **{action.label}**: {action.help}")
        lines.append("")
    return "\n".join(lines)
