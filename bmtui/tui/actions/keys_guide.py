"""All keys of all screens, for the guide: from the registry."""

from __future__ import annotations

from bmtui.tui.actions import registry


def keys(_: str) -> str:
    """Markdown, a heading a screen."""
    places = list(dict.fromkeys(place for action in registry.ACTIONS for place in action.places if place != "*"))
    lines = []
    for place in places:
        lines += [f"## {place.capitalize()}", ""]
        for shown, action in registry.rows(place):
            lines.append(f"- `{shown}` **{action.label}**: {action.help}")
        lines.append("")
    return "\n".join(lines)
