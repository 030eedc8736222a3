"""Problems in the files that a person wrote, shown once the desk is open; the rest of the files is used."""

from __future__ import annotations

from collections.abc import Sequence

from bmtui.desk.rules import unusable
from bmtui.tui.shell import Shell


async def tell(app: Shell, own: Sequence[str]) -> None:
    """Show the first problem of the preferences (`own`), notification ways and rules, and the number of the others."""
    found = (*own, *await app.desk.read(unusable.sentences))
    if found:
        more = f" And {len(found) - 1} more: see 'bmtui doctor'." if len(found) > 1 else ""
        app.top.say(found[0] + more, "warn")
