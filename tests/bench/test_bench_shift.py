"""The bench of a day's tasks runs, and no task takes more keys than it may; bytes and times are read by people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_tasks_of_a_day_need_at_most_the_allowed_keys() -> None:
    bench = str(Path(__file__).with_name("bench_shift.py"))
    done = subprocess.run([sys.executable, bench, "--items", "3"], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert "a shift of 3 items, n alone" in lines[-1]
    assert sum(line.startswith("worst: ") for line in lines) >= 6
