"""The bench of the download runs; what it measures is read by people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_download_bench_prints_its_table() -> None:
    command = [sys.executable, str(Path(__file__).with_name("bench_download.py")), "--orders", "200"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    steps = ("network", "network", "parsing", "inbox", "creation", "rest", "end to end")
    lines = done.stdout.splitlines()[1:]
    assert len(lines) == len(steps)
    assert all(line.startswith(step) for line, step in zip(lines, steps, strict=True))
