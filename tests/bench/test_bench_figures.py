"""The bench of the figures runs on returns and changes of its own; what it measures is read by people."""

from __future__ import annotations

from pathlib import Path

import bench_figures
import pytest
from million import home_of

from bmtui import settings
from bmtui.desk.bootstrap import open_desk


def test_figures_bench_counts_and_reads_every_span(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    desk = open_desk(settings.load(str(home_of(1_000)), environ={}))
    assert bench_figures.prepared(desk) is not None
    assert bench_figures.prepared(desk) is None
    assert len(list(bench_figures.table(desk, 1))) == 2 * len(bench_figures.SPANS)
    desk.store.close()
