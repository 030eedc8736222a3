"""Copy of an installation to another database, in any direction, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import postgres_server
import pytest
from helpers import connect, download, dump, work

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import search
from bmtui.errors import RuleRefused, StoreError
from bmtui.queue.liveness import WorkerLock
from bmtui.sandbox.server import SandboxServer
from bmtui.store import copying, models, open_store
from bmtui.store.copying import copy_store
from bmtui.store.models import TABLES, Note


@pytest.fixture(params=("sqlite", "postgres"))
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/new/target.sqlite"
        return
    if reason := request.getfixturevalue("no_postgres"):
        pytest.skip(reason)
    with postgres_server.empty_database() as url:
        yield url


@pytest.fixture
def full(desk: Desk, marketplace: SandboxServer) -> Desk:
    """Desk with orders, a note, jobs and their logs, audit rows."""
    connect(desk, marketplace)
    download(desk)
    orders.add_note(desk, found(desk)[0], "Ring first — ünïcode 日本")
    work(desk)
    return desk


def found(desk: Desk, query: str = "") -> list[int]:
    return [row.order_id for row in search.page(desk, query).rows]


def rows(desk: Desk) -> dict[str, list[Any]]:
    """Return all rows of all tables, with the same booleans for both databases."""
    return {name: [tuple(map(plain, row)) for row in found] for name, found in dump(desk).items()}


def plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def moved(full: Desk, target: str) -> Desk:
    return open_desk(settings.load(str(full.settings.config), environ={"BMTUI_STORE": target}))


def test_copied_store_has_all_rows_and_works(full: Desk, target: str) -> None:
    before = rows(full)
    known = found(full, "a")
    copied = copy_store(full.settings.store_url, target)
    assert copied.rows == {name: len(of) for name, of in before.items()}
    assert copied.rows["orders"] > 100
    assert rows(full) == before
    here = moved(full, target)
    try:
        assert rows(here) == before
        assert found(here, "a") == known
        # New rows get numbers of their own.
        orders.add_note(here, known[0], "Another")
        assert Note.select().count() == copied.rows["notes"] + 1
        download(here)
        assert companies.listing(here)[0].orders == copied.rows["orders"]
    finally:
        here.store.close()


def test_a_target_that_is_not_empty_is_refused_and_left_alone(full: Desk, target: str) -> None:
    copy_store(full.settings.store_url, target)
    with pytest.raises(RuleRefused, match="is not empty"):
        copy_store(full.settings.store_url, target)
    with pytest.raises(RuleRefused, match="is not empty"):
        copy_store(target, full.settings.store_url)


def test_store_copy_while_a_worker_runs_is_refused(desk: Desk, target: str) -> None:
    lock = WorkerLock(desk.store)
    with pytest.raises(RuleRefused, match="1 worker runs"):
        copy_store(desk.settings.store_url, target)
    lock.release()
    copy_store(desk.settings.store_url, target)


def test_store_copy_that_breaks_leaves_the_target_empty(
    full: Desk, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = copying._Table.write

    def broken(table: Any, database: Any, rows: list[tuple[Any, ...]]) -> None:
        if table.name == "orders":
            at = table._columns.index("customer_name")
            rows = [(*row[:at], "another name", *row[at + 1 :]) for row in rows]
        whole(table, database, rows)

    monkeypatch.setattr(copying._Table, "write", broken)
    with pytest.raises(StoreError, match="orders arrived with other rows"):
        copy_store(full.settings.store_url, target)
    monkeypatch.undo()
    bound = models.database.obj
    store = open_store(target)
    assert all(not model.select().exists() for model in TABLES if model._meta.table_name != copying.SEEDED)
    store.close()
    models.database.initialize(bound)
    copy_store(full.settings.store_url, target)


def test_copy_from_a_missing_store_does_not_create_it(tmp_path: Path, target: str) -> None:
    with pytest.raises(StoreError, match="There is no database"):
        copy_store(f"sqlite:///{tmp_path}/none.sqlite", target)
    assert not (tmp_path / "none.sqlite").exists()
