"""What is done on the way from another system."""

from __future__ import annotations

from bmtui.tui.moving_in.screen import MovingInScreen
from bmtui.tui.screen import DeskScreen


async def open_checklist(screen: DeskScreen) -> None:
    """Show the checklist of a change-over."""
    await screen.desk_app.show(MovingInScreen())
