"""Snapshots of every screen and dialog, as text and as a picture, in three sizes.

    BMTUI_DRAW=1 python -m pytest tests/tui/test_tui_snapshots.py       # draws them anew

The pictures are those of one Textual: another one may draw a line differently, and then nothing is compared.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import scenes
import textual
from driving import Driver
from scenes import DIALOGS, FIRST_SCENES, SCENES, at_scene
from screen_pictures import drawing

import bmtui.tui
from bmtui.desk.core.context import Desk
from bmtui.tui.dialogs.base import DeskModal
from bmtui.tui.screen import DeskScreen

TEXTUAL = "8.2.8"
FOLDER = Path(__file__).parent / "snapshots"
SIZES = ((80, 24), (120, 36), (160, 48))
DRAW = bool(os.environ.get("BMTUI_DRAW"))
NAMES = (*SCENES, *FIRST_SCENES)

pytestmark = pytest.mark.skipif(textual.__version__ != TEXTUAL, reason=f"the snapshots are of Textual {TEXTUAL}")


def drawn(person: Driver) -> dict[str, str]:
    """Return the screen's contents by file type: text and SVG."""
    text = "".join(f"{line.rstrip()}\n" for line in person.seen().splitlines())
    return {"txt": text, "svg": drawing(person.app)}


@pytest.mark.parametrize("name", NAMES)
async def test_screen_looks_like_its_snapshot(fixed: Desk, name: str) -> None:
    async with at_scene(fixed, name) as person:
        # Where typing goes is tried in those that are dialogs.
        assert isinstance(person.app.screen, DeskModal) is (name in DIALOGS)
        for width, height in SIZES:
            await person.resize(width, height)
            base = FOLDER / f"{width}x{height}" / name
            for kind, seen in drawn(person).items():
                path = base.with_suffix(f".{kind}")
                if DRAW:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(seen, encoding="utf-8")
                assert seen == path.read_text(encoding="utf-8"), path


def kinds_of(base: Any) -> Iterator[type]:
    """Yield the subclasses of `base` that have no subclasses themselves."""
    for kind in base.__subclasses__():
        yield from kinds_of(kind)
        if not kind.__subclasses__():
            yield kind


def test_every_screen_and_dialog_has_a_snapshot() -> None:
    for module in pkgutil.walk_packages(bmtui.tui.__path__, "bmtui.tui."):
        importlib.import_module(module.name)
    told = Path(scenes.__file__).read_text()
    names = {kind.__name__ for base in (DeskScreen, DeskModal) for kind in kinds_of(base)}
    assert names
    assert [name for name in sorted(names) if name not in told] == []


def test_snapshots_all_belong_to_a_scene() -> None:
    kept = {path.relative_to(FOLDER) for path in FOLDER.rglob("*.*")}
    assert kept == {Path(f"{w}x{h}/{name}.{kind}") for w, h in SIZES for name in NAMES for kind in ("txt", "svg")}
