"""Pictures of the screens for the documentation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from screen_pictures import NAMES, make_pictures

from bmtui.desk.core.context import Desk


def test_pictures_are_the_same_every_time(office: Desk, tmp_path: Path) -> None:
    # Hours that are left stand on some of them.
    at = office.now()
    still = replace(office, now=lambda: at)
    first = [path.read_text(encoding="utf-8") for path in make_pictures(still, tmp_path / "a")]
    second = [path.read_text(encoding="utf-8") for path in make_pictures(still, tmp_path / "b", tmp_path / "texts")]
    assert len(first) == len(NAMES)
    assert first == second
    assert "Issue&#160;Refund" in first[NAMES.index("refund")]
