"""The bench of the rules runs, and its twenty rules do something; what it measures is read by people."""

from __future__ import annotations

from pathlib import Path

import bench_rules
import pytest
from million import home_of

from bmtui import settings
from bmtui.desk.bootstrap import open_desk


def test_rules_bench_sends_orders_through_twenty_rules_and_tries_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert len(bench_rules.RULES) == 20
    each, done = bench_rules.through_rules(40)
    assert each > 0
    # Each order has a tag of its market at least.
    assert done >= 40
    desk = open_desk(settings.load(str(home_of(1_000)), environ={}))
    assert len(list(bench_rules.trials(desk, 1))) == len(bench_rules.TRIALS)
    desk.store.close()
