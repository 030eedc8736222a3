"""The bench of the invoices runs; what it measures is read by people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_invoices_bench_prints_its_table() -> None:
    command = [
        sys.executable,
        str(Path(__file__).with_name("bench_invoices.py")),
        "--documents",
        "10",
        "--memory",
        "20",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    lines = done.stdout.splitlines()
    assert [line.partition(",")[0] for line in lines[1:5]] == ["fpdf2", "fpdf2", "bmtui", "bmtui"]
    assert lines[5].startswith("memory: ")
