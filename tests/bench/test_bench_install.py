"""The bench of the install runs; what it measures is read by people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_install_bench_prints_its_table() -> None:
    command = [sys.executable, str(Path(__file__).with_name("bench_install.py")), "--offline"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    found = [line[:28].strip() for line in done.stdout.splitlines()]
    assert found == [
        "new environment",
        "pip install bmtui",
        "size, without pip",
        "of it bmtui itself",
        "demo --headless",
        "bmtui --version",
    ]
