"""Themes: colours by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import driving

from bmtui.desk.core.context import Desk
from bmtui.tui import preferences
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.text import STYLES, use_theme
from bmtui.tui.widgets.themes import TERMINAL, THEMES


@pytest.fixture(autouse=True)
def usual_again() -> Iterator[None]:
    yield
    use_theme("terminal")
    LOCAL.ascii = False


@pytest.mark.parametrize("name", THEMES)
def test_every_theme_has_every_style(name: str) -> None:
    assert set(THEMES[name]) == set(TERMINAL)
    assert use_theme(name)
    assert STYLES["bad"] == THEMES[name]["bad"]


async def test_unknown_theme_is_named_with_the_known_ones(office: Desk, home: Path) -> None:
    (home / preferences.NAME).write_text('theme = "pink"\n')
    async with driving(office) as person:
        await person.says("There is no theme 'pink'; there are terminal, soft, high-contrast, colour-blind.")
