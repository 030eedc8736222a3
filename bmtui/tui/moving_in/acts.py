"""Steps of the moving-in actions."""

from __future__ import annotations

from bmtui.tui.moving_in.screen import MovingInScreen
from bmtui.tui.screen import DeskScreen


async def open_checklist(screen: DeskScreen) -> None:
    """Show the checklist."""
    await screen.desk_app.show(MovingInScreen())
