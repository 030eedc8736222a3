"""The source as it is released: what a wheel is built from, in a folder of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]


def copy_source(folder: Path) -> Path:
    """A copy without what was built before, so that building leaves nothing beside the source, and takes nothing in."""
    source = folder / "source"
    shutil.copytree(ROOT / "bmtui", source / "bmtui", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source / name)
    return source
