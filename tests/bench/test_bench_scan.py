"""The bench of the scan station runs; what it measures is read by people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_scan_bench_prints_its_table() -> None:
    command = [sys.executable, str(Path(__file__).with_name("bench_scan.py")), "--orders", "200", "--packed", "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["scan", "order", "device", "label"]
