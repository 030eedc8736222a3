"""People over SSH on PostgreSQL: a real sshd and a real server, which asks the kernel who connects."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import private_machine
import pytest
from private_machine import DESK, HOME, PROGRAM, Machine
from private_postgres import Postgres
from private_sshd import GROUP, People, Sshd, as_json, refund

from bmtui.sandbox.server import SandboxServer

STORE = "postgresql:///bmtui"
TOKEN = {"CREDENTIALS_DIRECTORY": "/opt/credentials"}


@dataclass
class Team(People):
    """Machine with the desk for two operators on PostgreSQL: anna, who may refund 1.00 EUR alone, and ben.

    eve is an admin, and `bmtui` the service, which alone has the token.
    """

    postgres: Postgres

    def desk(self, person: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the desk as a person with a shell on the machine."""
        return desk(self.machine, person, *words, **environment)

    def work(self) -> None:
        service_works(self.machine)

    def read(self, *words: str) -> Any:
        return as_json(self.desk("eve", *words, "--json"))

    def told(self, sql: str) -> str:
        """Return what the owner of the database finds."""
        done = self.postgres.psql("postgres", sql)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def desk(machine: Machine, person: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    home = "/var/lib/postgresql" if person == "postgres" else f"/home/{person}"
    named = [f"{name}={value}" for name, value in ({"HOME": home, "BMTUI_STORE": STORE} | environment).items()]
    return machine.run("runuser", "-u", person, "--", "env", *named, PROGRAM, *words)


def service_works(machine: Machine) -> None:
    machine.ok("runuser", "-u", "bmtui", "--", *DESK, "worker", "--once", environment=TOKEN)


@pytest.fixture
def team(tmp_path: Path, marketplace: SandboxServer, no_postgres: str) -> Iterator[Team]:
    missing = private_machine.why_not() or no_postgres
    if missing:
        pytest.skip(missing)
    with Machine(tmp_path) as machine, Postgres(machine) as postgres:
        uids = {"bmtui": machine.account("bmtui", "--system", "--home-dir", HOME, "--shell", "/usr/sbin/nologin")}
        machine.ok("chmod", "700", HOME)
        machine.ok("groupadd", GROUP)
        for person in ("anna", "ben"):
            uids[person] = machine.account(person, "--groups", GROUP, "--shell", "/bin/sh")
        uids["eve"] = machine.account("eve", "--shell", "/bin/sh")
        # As 'bmtui help postgresql' says: its owner makes the store and the grants, then accounts by their names.
        postgres.ok("createdb", "bmtui")
        grants = machine.ok(PROGRAM, "store", "grants")
        assert "there is no store in this database yet" in postgres.psql("postgres", grants).stderr
        made = desk(machine, "postgres", "company", "list")
        assert made.returncode == 0, made.stderr
        postgres.ok("psql", "--set", "ON_ERROR_STOP=1", "bmtui", text=grants)
        for person, role in {"anna": "operator", "ben": "operator", "eve": "admin", "bmtui": "worker"}.items():
            postgres.ok("createuser", f"--role=bmtui_{role}", person)
        machine.write(f"{HOME}/bmtui.toml", f'store = "{STORE}"\n', "644")
        machine.write("/opt/credentials/shop.token", marketplace.token, "400")
        machine.ok("chown", "bmtui", "/opt/credentials/shop.token")
        with Sshd(machine, tmp_path, "sshd-postgresql.conf", ("anna", "ben")) as port:
            add = ("company", "add", "Shop", "--platform", "eu", "--url", marketplace.url, "--contact", "a@b.example")
            rights = ("--role", "operator", "--refunds", "yes", "--limit")
            for words in (
                (*add, "--token-credential", "shop.token"),
                ("company", "set", "Shop", "undo_windows=refund=0"),
                ("orders", "download", "--since", "60d"),
                ("users", "set", "anna", *rights, "EUR=1"),
                ("users", "set", "ben", *rights, "EUR=9999"),
            ):
                done = desk(machine, "eve", *words)
                assert done.returncode == 0, (words, done.stdout, done.stderr)
            service_works(machine)
            found = desk(machine, "eve", "orders", "search", "channel:shipped payment:charged currency:EUR", "--json")
            (order_id, *_) = [row["order_id"] for row in as_json(found)]
            yield Team(machine, uids, port, tmp_path, str(order_id), postgres)


def test_people_over_ssh_on_postgresql_keep_their_own_rights(team: Team) -> None:
    team.ask_and_approve()
    # Each desk has a home of its own, with what was looked for.
    remembered = team.machine.ok("sh", "-c", f"grep -l -r 'id:{team.order_id}' /home")
    assert [name.split("/")[2] for name in remembered.split()] == ["anna"]
    # The database saw who was connected, and no list names the service.
    assert team.told("SELECT made_by || decided_by FROM approvals") == "".join(
        f"{name}({team.uids[name]}) from 127.0.0.1" for name in ("anna", "ben")
    )
    assert [row["account"] for row in team.read("users", "list")] == ["anna", "ben", "eve"]
    assert json.loads(team.desk("eve", "audit", "verify", "--json").stdout)["problems"] == []


def test_operator_on_postgresql_cannot_use_the_rights_of_another_account(team: Team) -> None:
    make_admin = ("users", "set", "anna", "--role", "admin")
    # Over SSH there is the desk, whatever is asked for.
    asked = subprocess.run(
        team.ssh("anna", "bmtui", *make_admin), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert (asked.returncode, "The desk needs a terminal" in asked.stderr) == (2, True)
    # With a shell of her own: nobody connects as another, whatever the URL, libpq and sudo are told.
    for named, why in (
        ({}, "Only an admin may do that"),
        ({"SUDO_UID": str(team.uids["eve"]), "SUDO_USER": "eve"}, "Only an admin may do that"),
        ({"PGUSER": "eve"}, 'Peer authentication failed for user "eve"'),
        ({"BMTUI_STORE": "postgresql://eve@/bmtui"}, 'Peer authentication failed for user "eve"'),
    ):
        refused = team.desk("anna", *make_admin, **named)
        assert refused.returncode == 3 or named, refused.stderr
        assert why in refused.stderr, (named, refused.stderr)
    refused = team.desk("anna", "worker", "--once")
    assert "Only the service account may run a worker" in refused.stderr
    assert team.told("SELECT string_agg(account || role, ' ' ORDER BY account) FROM operators") == (
        "annaoperator benoperator eveadmin"
    )


def test_sql_session_of_an_operator_changes_neither_limits_nor_who_decides(team: Team) -> None:
    with team.screen("anna") as terminal:
        refund(terminal, team.order_id)
    anna, ben = (f"{name}({team.uids[name]})" for name in ("anna", "ben"))
    now = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    decide = f"UPDATE approvals SET state = 'approved', decided_at = {now}"
    own_row = f"decided_by = '{anna}', decided_uid = {team.uids['anna']}"
    of_ben = f"decided_by = '{ben}', decided_uid = {team.uids['ben']}"
    audited = "INSERT INTO audit (at, actor, action, summary, before, after, previous_hash, hash, facts)"
    for sql, why in (
        ("UPDATE operators SET role = 'admin'", "permission denied for table operators"),
        ("UPDATE refund_limits SET per_refund = 999900", "permission denied for table refund_limits"),
        ("DELETE FROM refund_limits", "permission denied for table refund_limits"),
        ("CREATE TEMP TABLE refund_limits (per_refund BIGINT)", "permission denied to create temporary tables"),
        ("CREATE TABLE operators2 (uid BIGINT)", "permission denied for schema public"),
        ("SET ROLE bmtui_admin", "permission denied to set role"),
        ("SET SESSION AUTHORIZATION ben", "permission denied to set session authorization"),
        ("GRANT bmtui_admin TO anna", "permission denied to grant role|must have admin option on role"),
        ("ALTER TABLE refunds DISABLE TRIGGER ALL", "must be owner of table refunds"),
        (f"{decide}, {own_row}", "a second person must approve a request"),
        (f"{decide}, {of_ben}", "nobody decides in another's name"),
        (f"UPDATE refunds SET authorised_uid = {team.uids['ben']}", "nobody answers for a refund in another's name"),
        ("UPDATE approvals SET amount = 1", "permission denied"),
        (f"{audited} SELECT {now}, '{ben}', 'note', '', '{{}}', '{{}}', hash, hash, '' FROM audit_head",
         "nobody writes in another's name"),
    ):  # fmt: skip
        done = team.postgres.psql("anna", sql)
        assert done.returncode != 0, sql
        assert re.search(why, done.stderr), (sql, done.stderr)
    assert "Peer authentication failed" in team.postgres.psql("anna", "SELECT 1", "--username", "ben").stderr
    # A socket of the server answers to nobody without an account of the database.
    assert team.postgres.psql("nobody", "SELECT 1").returncode != 0
    (asked,) = team.order()["refunds"]
    assert asked["state"] == "awaiting_approval"
    assert team.actors("refund.") == [anna]


def test_doctor_on_postgresql_says_if_the_database_does_not_hold_people_apart(team: Team) -> None:
    def bad() -> dict[str, str]:
        found = json.loads(team.desk("eve", "doctor", "--json").stdout)["findings"]
        return {one["topic"]: one["message"] for one in found if not one["ok"]}

    ours = {"login", "roles", "ssh", "program"}
    assert not ours & bad().keys()
    team.machine.ok("chown", "ben", PROGRAM)
    team.told("GRANT postgres TO anna")
    found = bad()
    assert f"ben owns {PROGRAM}" in found["program"]
    assert "cannot hold anna to any right" in found["roles"]
