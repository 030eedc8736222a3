"""Time and disk space from `pip install` to a usable demo, in a new environment.

    python tests/bench/bench_install.py [--offline]

It needs the package index that pip is set up for. With --offline only bmtui itself is installed, and uses the packages
that are here: no measure of an install, but of whether this bench works. Processor seconds say more than the clock on
a machine that is busy.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from source_copy import copy_source


def size_bytes(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def timed(what: str, *command: str | Path) -> None:
    """Run a step and print how long it took."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{what} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{what:<28}{time.perf_counter() - began:8.1f} s   {processor:6.1f} s of processor")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--offline", action="store_true", help="install bmtui alone, with the packages that are here")
    offline = parser.parse_args().offline
    with tempfile.TemporaryDirectory(prefix="bmtui-bench-") as folder:
        source, place = copy_source(Path(folder)), Path(folder) / "venv"
        timed("new environment", sys.executable, "-m", "venv", *(["--without-pip"] if offline else []), place)
        (packages,) = place.glob("lib/python*/site-packages")
        empty = size_bytes(place)
        install: list[str | Path] = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            place / "bin" / "python",
            "install",
            "--quiet",
        ]
        if offline:
            (packages / "here.pth").write_text(sysconfig.get_path("purelib") + "\n")
            install += ["--no-index", "--no-deps", "--no-build-isolation"]
        timed("pip install bmtui", *install, source)
        print(f"{'size, without pip':<28}{(size_bytes(place) - empty) / 1e6:8.1f} MB")
        print(f"{'of it bmtui itself':<28}{size_bytes(packages / 'bmtui') / 1e6:8.1f} MB")
        timed("demo --headless", place / "bin" / "bmtui", "demo", "--headless")
        timed("bmtui --version", place / "bin" / "bmtui", "--version")


if __name__ == "__main__":
    main()
