"""Download of many orders over real HTTP: exact, repeatable, and safe when the worker is killed."""

from __future__ import annotations

import datetime
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from command_line import COMMAND, CommandLine
from thoroughness import share

from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer

ORDERS, PAGES = share(900, 2_000), share(10, 20)
LOOK_S = 0.005
"""Time between two looks at what a worker has stored: a fraction of a page."""
HIDDEN = (0, 8)
"""Orders in these states are never listed (API §3)."""


@pytest.fixture(scope="module")
def big() -> Iterator[SandboxServer]:
    """Marketplace whose time stands still, so that no order changes during the comparison."""
    now = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
    with SandboxServer(SandboxOptions(orders=ORDERS, seed=4, now=now)) as server:
        yield server


@pytest.fixture(scope="module")
def undisturbed(big: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Content of a store after an undisturbed download, to compare with."""
    whole = CommandLine(tmp_path_factory.mktemp("whole") / "home")
    whole.add_company(big.url, big.token)
    whole.ok("orders", "download", "--since", "2000-01-01", "--wait")
    return content(whole.home)


def listed(server: SandboxServer) -> dict[int, dict[str, Any]]:
    return {order["order_id"]: order for order in server.marketplace.all_orders() if order["state"] not in HIDDEN}


def test_the_download_brings_exactly_what_the_marketplace_has_and_a_second_one_changes_nothing(
    big: SandboxServer, tmp_path: Path
) -> None:
    line = CommandLine(tmp_path / "home")
    line.add_company(big.url, big.token)
    truth = listed(big)
    first = line.ok("orders", "download", "--since", "2000-01-01", "--wait", "--json").json
    assert (first["created"], first["updated"], first["unchanged"], first["skipped"]) == (len(truth), 0, 0, 0)
    rows = line.ok("orders", "search", "status:cancelled,in,completed,void", "--json").json
    assert len(rows) == len(truth) == len({row["order_id"] for row in rows})
    for row in rows:
        order = truth[row["order_id"]]
        total = Decimal(order["price"]) + Decimal(order["shipping_price"])
        assert (Decimal(row["goods"]), Decimal(row["total"])) == (Decimal(order["price"]), total)
        assert (row["currency"], row["market"]) == (order["currency"], order["country_code"])
        assert Decimal(row["received"]) in (Decimal(0), total)
        assert 0 <= Decimal(row["refunded"]) <= Decimal(row["received"])
    for order_id in list(truth)[:: len(truth) // 25]:
        shown = line.ok("orders", "show", str(order_id), "--json").json
        ours = {(entry["line_id"], entry["state"], Decimal(entry["price"]), entry["sku"]) for entry in shown["lines"]}
        theirs = {
            (entry["id"], entry["state"], Decimal(entry["price"]), entry["listing"])
            for entry in truth[order_id]["orderlines"]
        }
        assert ours == theirs
    before = content(line.home)
    lines = {(row["line_id"], row["state"], row["price"]) for row in before["order_lines"]}
    assert len(lines) == sum(len(order["orderlines"]) for order in truth.values())
    assert {(row["line_id"], row["state"]) for row in before["order_lines"]} == {
        (entry["id"], entry["state"]) for order in truth.values() for entry in order["orderlines"]
    }
    second = line.ok("orders", "download", "--since", "2000-01-01", "--wait", "--json").json
    assert (second["created"], second["updated"], second["unchanged"]) == (0, 0, len(truth))
    assert content(line.home) == before


@pytest.mark.parametrize("pages", [1, PAGES])
def test_a_worker_killed_in_the_middle_leaves_the_same_store(
    big: SandboxServer, undisturbed: dict[str, list[dict[str, Any]]], tmp_path: Path, pages: int
) -> None:
    line = CommandLine(tmp_path / "killed")
    line.add_company(big.url, big.token)
    line.ok("orders", "download", "--since", "2000-01-01")
    worker = subprocess.Popen(
        [*COMMAND, "worker"], env=line.environment(), stderr=subprocess.DEVNULL, start_new_session=True
    )
    with worker, watching(line.home) as store:
        while count(store, "SELECT count(*) FROM inbox") < pages * 50:
            assert worker.poll() is None
            time.sleep(LOOK_S)
        os.killpg(worker.pid, signal.SIGKILL)
    assert count_in(line.home, "SELECT count(*) FROM jobs WHERE status = 'processing'") == 1
    kept = count_in(line.home, "SELECT count(*) FROM inbox")
    assert pages * 50 <= kept < len(listed(big))
    line.ok("worker", "--once")
    assert content(line.home) == undisturbed
    assert count_in(line.home, "SELECT count(*) FROM jobs WHERE status <> 'completed'") == 0


def test_a_worker_killed_while_it_creates_orders_leaves_the_same_store(
    big: SandboxServer, undisturbed: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    line = CommandLine(tmp_path / "killed")
    line.add_company(big.url, big.token)
    line.ok("orders", "download", "--since", "2000-01-01")
    worker = subprocess.Popen(
        [*COMMAND, "worker"], env=line.environment(), stderr=subprocess.DEVNULL, start_new_session=True
    )
    with worker, watching(line.home) as store:
        while count(store, "SELECT count(*) FROM orders") == 0:
            assert worker.poll() is None
            time.sleep(LOOK_S)
        os.killpg(worker.pid, signal.SIGKILL)
    line.ok("worker", "--once")
    assert content(line.home) == undisturbed


class watching:
    """Context manager: the test's own connection to an installation's store."""

    def __init__(self, home: Path) -> None:
        self._store = sqlite3.connect(home / "bmtui.sqlite", timeout=10)

    def __enter__(self) -> sqlite3.Connection:
        return self._store

    def __exit__(self, *_: object) -> None:
        self._store.close()


def count(store: sqlite3.Connection, query: str) -> int:
    return int(store.execute(query).fetchone()[0])


def count_in(home: Path, query: str) -> int:
    with watching(home) as store:
        return count(store, query)


def content(home: Path) -> dict[str, list[dict[str, Any]]]:
    """Return all rows that a download makes, without row numbers, times of fetching and job numbers."""
    own = {
        "id",
        "fetched_at",
        "job_id",
        "order_ref",
        "line_ref",
        "refund_id",
        "version",
        "company_id",
        "made_at",
        "made_by",
    }
    tables = ("inbox", "orders", "order_lines", "payments", "refunds")
    found: dict[str, list[dict[str, Any]]] = {}
    with watching(home) as store:
        store.row_factory = sqlite3.Row
        for table in tables:
            rows = [
                {name: row[name] for name in row.keys() if name not in own}  # noqa: SIM118 - a Row is no mapping
                for row in store.execute(f"SELECT * FROM {table}")
            ]
            found[table] = sorted(rows, key=repr)
    return found
