"""Practice marketplace kept in a file: it keeps all changes, and only a file of a marketplace is accepted."""

from __future__ import annotations

import os
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bmtui.cli.sandbox import kept
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.marketplace import Marketplace
from bmtui.sandbox.orders.query import Query
from bmtui.sandbox.server import SandboxServer

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_kept_marketplace_continues_with_all_changes(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    first = SandboxServer(SandboxOptions(orders=60, now=NOW)).marketplace
    order = next(one for one in first.all_orders() if one["state"] == 1 and one["orderlines"][0]["state"] == 1)
    first.update(
        order["order_id"], {"order_id": order["order_id"], "new_state": 2, "sku": order["orderlines"][0]["listing"]}
    )
    kept.keep(first, file)
    assert file.stat().st_mode & 0o777 == 0o600
    second = kept.load(file)
    assert second.effects == first.effects
    assert second.page(Query(), 0, 100) == first.page(Query(), 0, 100)
    third = second.update(
        order["order_id"], {"order_id": order["order_id"], "new_state": 5, "sku": order["orderlines"][0]["listing"]}
    )
    assert third["orderlines"][0]["state"] == 5
    assert len(second.effects) == len(first.effects) + 1


def test_time_of_a_kept_marketplace_goes_on_from_the_present(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    kept.keep(Marketplace(5), file)
    before = datetime.now(UTC)
    assert before <= kept.load(file).clock.now() <= datetime.now(UTC)


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (self.path,))

    def __init__(self, path: str) -> None:
        self.path = path


@pytest.mark.parametrize("kind", ["trap", "text", "other", "broken"])
def test_file_that_holds_no_marketplace_is_refused_and_runs_nothing(tmp_path: Path, kind: str) -> None:
    file, made = tmp_path / "kept", tmp_path / "made"
    contents = {
        "trap": pickle.dumps(Trap(str(made))),
        "text": b"not at all",
        "other": pickle.dumps([1, 2]),
        "broken": pickle.dumps([1, 2])[:5],
    }[kind]
    file.write_bytes(contents)
    with pytest.raises(ValueError, match="no marketplace"):
        kept.load(file)
    assert not made.exists()
