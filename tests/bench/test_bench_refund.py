"""The bench of the refund runs; what it measures is read by people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_refund_bench_prints_its_table() -> None:
    command = [sys.executable, str(Path(__file__).with_name("bench_refund.py")), "--rounds", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)
    lines = done.stdout.splitlines()[1:]
    assert [line.partition(",")[0] for line in lines] == ["last key to queued", "last key to queued", "all three keys"]
