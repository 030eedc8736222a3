"""The bench of whole operations runs, on both databases; what it measures is read by people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_operations_bench_prints_each_operation_beside_its_floor(store: str, no_postgres: str) -> None:
    if store == "postgres" and no_postgres:
        pytest.skip(no_postgres)
    command = [sys.executable, str(Path(__file__).with_name("bench_operations.py")), "--orders", "2"]
    command += ["--history", "16"]
    done = subprocess.run([*command, "--stores", store], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    head, *rows = done.stdout.splitlines()
    assert head.split()[:3] == ["store", "operation", "ms"]
    assert [row.split()[1] for row in rows] == ["create", "accept", "ship", "invoice", "refund", "reconcile", "start"]
    # A floor of statements or calls that failed would be none.
    assert "could not be repeated" not in done.stdout
