"""The bench of the folding runs, and folds every order of its installation."""

from __future__ import annotations

from pathlib import Path

import bench_folding
import pytest


def test_folding_bench_folds_every_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = bench_folding.run(1_000)
    assert found.orders == 1_000
    assert found.told >= 2
