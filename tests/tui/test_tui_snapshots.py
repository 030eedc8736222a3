"""Every screen and dialog as it was last agreed on, as text and as a picture.

    BMTUI_DRAW=1 python -m pytest tests/tui/test_tui_snapshots.py       # draws them anew

The pictures are those of one Textual: another one may draw a line differently, and then nothing is compared.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import textual
from scenes import SCENES, at_scene, installation

from bmtui.desk.context import Desk

TEXTUAL = "8.2.8"
FOLDER = Path(__file__).parent / "snapshots"
SIZES = ((80, 24), (100, 30), (120, 36))
DRAW = bool(os.environ.get("BMTUI_DRAW"))

pytestmark = pytest.mark.skipif(textual.__version__ != TEXTUAL, reason=f"the snapshots are of Textual {TEXTUAL}")


@pytest.fixture
def fixed(tmp_path: Path) -> Iterator[Desk]:
    desk = installation(tmp_path / "home")
    yield desk
    desk.store.close()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SCENES)
async def test_it_looks_as_agreed(fixed: Desk, name: str, size: tuple[int, int]) -> None:
    async with at_scene(fixed, name, size) as person:
        seen = "\n".join(line.rstrip() for line in person.seen().splitlines()) + "\n"
        drawn = re.sub(r"@font-face\s*{.*?}", "", person.app.export_screenshot(title="bmtui"), flags=re.DOTALL)
    base = FOLDER / f"{size[0]}x{size[1]}" / name
    if DRAW:
        base.parent.mkdir(parents=True, exist_ok=True)
        base.with_suffix(".txt").write_text(seen, encoding="utf-8")
        base.with_suffix(".svg").write_text(drawn, encoding="utf-8")
    assert seen == base.with_suffix(".txt").read_text(encoding="utf-8")
    assert drawn == base.with_suffix(".svg").read_text(encoding="utf-8")


def test_every_snapshot_is_of_a_scene() -> None:
    kept = {path.relative_to(FOLDER) for path in FOLDER.rglob("*.*")}
    assert kept == {Path(f"{w}x{h}/{name}.{kind}") for w, h in SIZES for name in SCENES for kind in ("txt", "svg")}
