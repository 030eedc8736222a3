"""PostgreSQL servers that can lose changes: unsafe settings, replicas, and a replica that takes over too early."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import postgres_server
import pytest
from helpers import connect, of_marketplace, take_in, work, work_through

from bmtui import settings
from bmtui.desk.bootstrap import FOLLOWERS, ON_RETRY, open_desk
from bmtui.desk.companies import sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import moved_store, numbers, server_checks
from bmtui.desk.operations.host_checks import Finding
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.money import Money
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Audit, Effect, Order, Refund
from bmtui.store.postgres_server import ServerState

SAFE = {"fsync": "on", "full_page_writes": "on", "synchronous_standby_names": ""}


def told(changed: Mapping[str, str] | None = None, *, replicas: int = 0) -> Finding:
    return server_checks.durability(ServerState(SAFE | dict(changed or {}), replicas, (), True, ()))


def by_topic(desk: Desk) -> dict[str, Finding]:
    return {finding.topic: finding for finding in server_checks.examine(desk)}


def test_server_settings_that_lose_commits_are_named() -> None:
    assert told().ok
    assert "fsync is off" in told({"fsync": "off"}).message
    both = told({"fsync": "off", "full_page_writes": "off"})
    assert (both.ok, "fsync and full_page_writes are off" in both.message) == (False, True)
    assert "1 replica is" in told(replicas=1).message
    assert not told(replicas=1).ok
    assert told({"synchronous_standby_names": "ANY 1 (*)"}, replicas=1).ok


@pytest.mark.postgres_only
def test_doctor_checks_the_server_of_the_desk(offline: Desk) -> None:
    found = by_topic(offline)
    # The server of the tests forgets on purpose.
    assert "fsync and full_page_writes are off" in found["durability"].message
    assert found["failover"].ok
    assert "everybody may do everything" in found["roles"].message


@pytest.mark.sqlite_only
def test_server_checks_of_an_sqlite_store_find_nothing(offline: Desk) -> None:
    assert [(one.topic, one.ok) for one in server_checks.examine(offline)] == [("failover", True)]


@pytest.mark.postgres_only
def test_listed_accounts_that_the_server_does_not_hold_to_their_rights_are_named(offline: Desk) -> None:
    from grants_case import listed, roles

    listed(offline, 60001, "postgres")
    assert "does not enforce them" in by_topic(offline)["roles"].message
    with roles(offline):
        found = by_topic(offline)["roles"]
        assert (found.ok, "cannot hold postgres" in found.message) == (False, True)


class OwnServer:
    """PostgreSQL server of a test, whose copy can take over, like a replica that missed the last changes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        self.url = f"postgresql://postgres@/postgres?host={folder}"

    def run(self, name: str, *arguments: object) -> None:
        postgres_server._run(self.folder, postgres_server._binary(name, self.folder), *arguments)

    def make(self) -> None:
        self.run(
            "initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"
        )
        with open(self.data / "postgresql.conf", "a") as file:
            file.write(f"listen_addresses = ''\nunix_socket_directories = '{self.folder}'\nfsync = off\n")
        self.start()

    def start(self) -> None:
        self.run("pg_ctl", "start", "-D", self.data, "-l", self.folder / "log", "-w", "-t", "60")

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-D", self.data, "-m", "fast", "-w")

    def copy(self) -> Path:
        """Copy the data folder, as a replica has it by now; return the copy."""
        self.stop()
        copied = self.folder / "replica"
        shutil.copytree(self.data, copied)
        if os.getuid() == 0:
            for path in (copied, *copied.rglob("*")):
                os.chown(path, *postgres_server._nobody())
        self.start()
        return copied

    def fail_over(self, replica: Path) -> None:
        self.stop()
        self.data = replica
        (replica / "standby.signal").touch()
        self.start()
        self.run("pg_ctl", "promote", "-D", replica, "-w", "-t", "60")


@pytest.fixture
def own_server(no_postgres: str) -> Iterator[OwnServer]:
    if no_postgres or os.environ.get("BMTUI_TEST_POSTGRES"):
        pytest.skip(no_postgres or "the server is not ours to start and stop")
    with tempfile.TemporaryDirectory(prefix="bmtui-own-") as folder:
        path = Path(folder)
        if os.getuid() == 0:
            os.chown(path, *postgres_server._nobody())
        server = OwnServer(path)
        server.make()
        yield server
        server.stop()


@pytest.mark.postgres_only
def test_requests_sent_by_a_lost_server_are_not_sent_again_by_its_replica(
    own_server: OwnServer, marketplace: SandboxServer, tmp_path: Path, no_rest: None
) -> None:
    found = settings.load(str(tmp_path / "home"), environ={"BMTUI_STORE": own_server.url})
    shipped = [
        raw for raw in marketplace.marketplace.all_orders() if [line["state"] for line in raw["orderlines"]] == [3]
    ]
    whole, part = shipped[:2]
    with closing(open_desk(found).store) as store:
        desk = Desk(found, store, "test", followers=FOLLOWERS, on_retry=ON_RETRY)
        connect(desk, marketplace)
        take_in(desk, whole, part)
        work(desk)
        assert moved_store.MOVED not in {row.action for row in Audit.select()}
        refunds.issue(desk, whole["order_id"], RefundRequest("refund_on_back_market"))
        line = part["orderlines"][0]["id"]
        refunds.issue(
            desk, part["order_id"], RefundRequest("refund_on_back_market", {line: Money(500, part["currency"])})
        )
    replica = own_server.copy()
    with closing(open_desk(found).store) as store:
        work(Desk(found, store, "test", followers=FOLLOWERS, on_retry=ON_RETRY))
        assert {effect.state for effect in Effect.select()} == {"confirmed"}
    applied = len(marketplace.marketplace.effects)
    own_server.fail_over(replica)
    with closing(open_desk(found).store) as store:
        desk = Desk(found, store, "test", followers=FOLLOWERS, on_retry=ON_RETRY)
        assert {effect.state for effect in Effect.select()} == {"planned"}
        assert "The store moved" in by_topic(desk)["failover"].message
        work_through(desk)
        assert len(marketplace.marketplace.effects) == applied
        assert [effect.state for effect in Effect.select().order_by(Effect.id)] == ["confirmed", "needs_person"]
        # The reading after the failover brings other orders with refunds of their own.
        ours = Refund.select().join(Order).where(Order.order_id.in_([whole["order_id"], part["order_id"]]))
        assert [refund.state for refund in ours.order_by(Refund.id)] == ["confirmed", "unknown"]
        assert "rma" in {view.name for view in numbers.waiting(desk)}
        assert not sending_pauses.standing(desk)
        assert Audit.select().where(Audit.action == moved_store.MOVED).count() == 1
        assert not by_topic(desk)["failover"].ok


@pytest.mark.postgres_only
def test_older_files_of_the_same_server_are_distrusted(
    own_server: OwnServer, marketplace: SandboxServer, tmp_path: Path, no_rest: None
) -> None:
    found = settings.load(str(tmp_path / "home"), environ={"BMTUI_STORE": own_server.url})
    raw = of_marketplace(marketplace, 3)
    line = raw["orderlines"][0]["id"]
    with closing(open_desk(found).store) as store:
        desk = Desk(found, store, "test", followers=FOLLOWERS, on_retry=ON_RETRY)
        connect(desk, marketplace)
        take_in(desk, raw)
        work(desk)
        refunds.issue(desk, raw["order_id"], RefundRequest(lines={line: Money(500, raw["currency"])}))
    older = own_server.copy()
    with closing(open_desk(found).store) as store:
        work_through(Desk(found, store, "test", followers=FOLLOWERS, on_retry=ON_RETRY))
        assert Effect.get().state == "confirmed"
    applied = len(marketplace.marketplace.effects)
    own_server.stop()
    own_server.data = older
    own_server.start()
    with closing(open_desk(found).store) as store:
        desk = Desk(found, store, "test", followers=FOLLOWERS, on_retry=ON_RETRY)
        assert Effect.get().state == "planned"
        assert not by_topic(desk)["failover"].ok
        work(desk)
        sending_pauses.resume(desk)
        work_through(desk)
        # What cannot be read goes to a person, and is not sent again.
        assert Effect.get().state == "needs_person"
        assert len(marketplace.marketplace.effects) == applied
        assert Audit.select().where(Audit.action == moved_store.MOVED).count() == 1
