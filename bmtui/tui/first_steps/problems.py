"""What cannot be used of the files that a person wrote, told once the desk is open; the rest of them counts."""

from __future__ import annotations

from collections.abc import Sequence

from bmtui.desk.rules import unusable
from bmtui.tui.shell import Shell


async def tell(app: Shell, own: Sequence[str]) -> None:
    """Say the first of the `own` problems of the preferences, and of ways out and rules, and how many there are."""
    found = (*own, *await app.desk.read(unusable.sentences))
    if found:
        more = f" And {len(found) - 1} more: see 'bmtui doctor'." if len(found) > 1 else ""
        app.top.say(found[0] + more, "warn")
