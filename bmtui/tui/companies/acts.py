"""Steps of the companies' actions: switching the company in view, adding one, opening the settings."""

from __future__ import annotations

from collections.abc import Sequence

from bmtui.tui.companies import adding
from bmtui.tui.companies.screen import SettingsScreen
from bmtui.tui.screen import DeskScreen


async def open_settings(screen: DeskScreen) -> None:
    """Show the settings."""
    await screen.desk_app.show(SettingsScreen())


async def open_options(screen: DeskScreen) -> None:
    """Show the settings, with the cursor on the first of the three toggles."""
    await screen.desk_app.show(SettingsScreen("allow_order_download"))


async def add(screen: DeskScreen) -> None:
    """Ask for a company and add it."""
    await adding.add(screen)


async def next_company(screen: DeskScreen) -> None:
    """Show the orders of the next company; after the last one, those of all companies."""
    app = screen.desk_app
    names: Sequence[str | None] = (None, *(view.name for view in app.companies if view.enabled))
    here = names.index(app.desk.company) if app.desk.company in names else 0
    name = names[(here + 1) % len(names)]
    app.desk = await app.desk.store.read(app.desk.of_company, name)
    app.first_company = name
    await app.lookout.check_everything()
    screen.say(f"Orders and jobs of {name}." if name else "Orders and jobs of all companies.", "good")
