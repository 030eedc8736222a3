"""From `pip install` to a usable demo, in a new environment: seconds, and how much it takes on disk.

    python tests/bench/bench_install.py

It needs the package index that pip is set up for. Processor seconds say more than the clock on a machine that is busy.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def size_bytes(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def timed(what: str, *command: str | Path) -> None:
    """Run a step and print how long it took."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{what:<28}{time.perf_counter() - began:8.1f} s   {processor:6.1f} s of processor")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bmtui-bench-") as folder:
        place = Path(folder) / "venv"
        timed("new environment", sys.executable, "-m", "venv", place)
        empty = size_bytes(place)
        timed("pip install bmtui", place / "bin" / "pip", "install", "--quiet", str(ROOT))
        print(f"{'size, without pip':<28}{(size_bytes(place) - empty) / 1e6:8.1f} MB")
        package = next(place.glob("lib/python*/site-packages/bmtui"))
        print(f"{'of it bmtui itself':<28}{size_bytes(package) / 1e6:8.1f} MB")
        timed("demo --headless", place / "bin" / "bmtui", "demo", "--headless")
        timed("bmtui --version", place / "bin" / "bmtui", "--version")


if __name__ == "__main__":
    main()
