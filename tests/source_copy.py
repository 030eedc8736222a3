"""Copy of the source in a folder of its own, from which a wheel is built."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]


def copy_source(folder: Path) -> Path:
    """Copy the source without build products, so that a build neither uses nor leaves any beside the source."""
    source = folder / "source"
    shutil.copytree(ROOT / "bmtui", source / "bmtui", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source / name)
    return source
