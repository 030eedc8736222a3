"""Screens of the desk, by place."""

from __future__ import annotations

import importlib
import pkgutil

from bmtui import tui
from bmtui.tui.screen import DeskScreen


def every_screen() -> dict[str, type[DeskScreen]]:
    """Return the screen classes of the desk, by place."""
    for found in pkgutil.walk_packages(tui.__path__, f"{tui.__name__}."):
        importlib.import_module(found.name)
    found_screens, rest = {}, [DeskScreen]
    while rest:
        screen = rest.pop()
        rest += screen.__subclasses__()
        if "PLACE" in vars(screen):
            found_screens[screen.PLACE] = screen
    return dict(sorted(found_screens.items()))
