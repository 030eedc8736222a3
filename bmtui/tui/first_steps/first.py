"""First steps of a desk without a company: the demo, or a company and its first download."""

from __future__ import annotations

from typing import Any

from bmtui.tui.leaving import DEMO


async def guide(screen: Any) -> None:
    """Show the welcome until a way to begin was chosen, or it was left."""
    from bmtui.tui.companies import adding
    from bmtui.tui.dialogs.guides import Guides
    from bmtui.tui.dialogs.welcome import Welcome
    from bmtui.tui.sync import acts

    app = screen.desk_app
    while not app.companies:
        chosen = await app.ask(Welcome(read_only=app.desk.read_only))
        if chosen == "demo":
            app.leaving.go(DEMO)
            return
        if chosen == "read":
            await app.ask(Guides())
        elif chosen == "add":
            if await adding.add(screen):
                await acts.download(screen)
        else:
            return
