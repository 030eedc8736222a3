"""The bench of the queue runs; what it measures is read by people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_queue_bench_prints_its_table() -> None:
    command = [sys.executable, str(Path(__file__).with_name("bench_queue.py"))]
    options = ["--jobs", "20", "--deaths", "1", "--stall-s", "0.5", "--stores", "sqlite"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=True, timeout=120)
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["jobs", "jobs", "reclaim", "stall"]
