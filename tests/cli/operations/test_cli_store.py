"""`store copy`, and `doctor` on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import postgres_server
import pytest
from command_line import CommandLine

from bmtui.store import grants


@pytest.fixture
def server(no_postgres: str) -> Iterator[str]:
    if no_postgres:
        pytest.skip(no_postgres)
    with postgres_server.empty_database() as url:
        yield url


def test_an_installation_moves_to_postgresql_and_goes_on_there(stocked_bmtui: CommandLine, server: str) -> None:
    found = stocked_bmtui.ok("orders", "search", "--json").json
    here = f"sqlite:///{stocked_bmtui.home}/bmtui.sqlite"
    assert stocked_bmtui("--read-only", "store", "copy", here, server).code == 3
    copied = stocked_bmtui.ok("store", "copy", here, server, "--json").json
    assert copied["tables"]["orders"] >= len(found) > 0
    assert copied["rows"] == sum(copied["tables"].values())
    again = stocked_bmtui("store", "copy", here, server)
    assert again.code == 3
    assert "not empty" in again.err
    (stocked_bmtui.home / "bmtui.toml").write_text(f'store = "{server}"\n')
    assert stocked_bmtui.ok("orders", "search", "--json").json == found
    stocked_bmtui.ok("orders", "sync", "--wait")
    findings = stocked_bmtui("doctor", "--json").json["findings"]
    (database,) = [finding for finding in findings if finding["topic"] == "postgresql"]
    assert "ms away" in database["message"]


def test_store_copy_says_which_setting_to_change_and_hides_the_password(bmtui: CommandLine, server: str) -> None:
    bmtui.ok("jobs", "list")
    ran = bmtui.ok("store", "copy", f"sqlite:///{bmtui.home}/bmtui.sqlite", server.replace("@", ":s%40cret@"))
    assert f"Now set in {bmtui.home}/bmtui.toml: store = " in ran.out
    assert "cret" not in ran.out + ran.err
    wrong = bmtui("jobs", "list", BMTUI_STORE="postgresql://joe:s%40cret@127.0.0.1:9/db")
    assert wrong.code == 1
    assert "cannot be reached" in wrong.err
    assert "cret" not in wrong.out + wrong.err


def test_worker_says_at_its_start_that_the_grants_are_of_another_release(bmtui: CommandLine, server: str) -> None:
    # The driver is an extra.
    import psycopg

    bmtui.home.mkdir()
    (bmtui.home / "bmtui.toml").write_text(f'store = "{server}"\n')
    bmtui.ok("company", "list")
    with psycopg.connect(server, autocommit=True) as owner:
        owner.execute(bmtui.ok("store", "grants", "--json").json["sql"])
        assert "grants" not in bmtui.ok("worker", "--once").err
        owner.execute("COMMENT ON FUNCTION bmtui_is_trusted() IS NULL")
    ran = bmtui.ok("worker", "--once")
    assert f"those of this release: rights may be missing, or not enforced. As its owner: '{grants.AGAIN}'." in ran.err
