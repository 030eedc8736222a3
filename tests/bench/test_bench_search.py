"""The bench of the search runs, and the installation that it makes is one that the desk can read."""

from __future__ import annotations

from pathlib import Path

import bench_search
import million
import pytest


def test_search_bench_makes_its_installation_and_measures_every_query(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    rows = bench_search.run(1_000, 1)
    assert len(rows) > 20
    assert all(of_desk > 0 for _, _, _, of_desk, _ in rows)
    assert million.home_of(1_000).is_dir()
