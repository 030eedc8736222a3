"""`backup` and `restore` as a script uses them."""

from __future__ import annotations

import os
from pathlib import Path

import postgres_server
import pytest
from command_line import CommandLine


def test_restore_by_command_brings_back_the_backup_and_pauses_sending(
    stocked_bmtui: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    made = stocked_bmtui.ok("backup", str(file), "--json").json
    orders = len(stocked_bmtui.ok("orders", "search", "--json").json)
    assert (made["file"], made["orders"], made["companies"]) == (str(file), orders, 1)
    assert stocked_bmtui("backup", str(file)).code == 2
    assert stocked_bmtui.ok("restore", str(file), "--dry-run", "--json").json["restored"] is False
    assert stocked_bmtui("restore", str(file)).code == 2
    assert stocked_bmtui("--read-only", "restore", str(file), "--yes").code == 3
    stocked_bmtui.ok("company", "set", "Shop", "look_back_days=7")
    done = stocked_bmtui.ok("restore", str(file), "--yes", "--json").json
    assert done["restored"]
    assert Path(done["aside"]).exists()
    assert stocked_bmtui.ok("company", "show", "--json").json["look_back_days"] == 60
    assert len(stocked_bmtui.ok("orders", "search", "--json").json) == orders
    assert "paused" in stocked_bmtui("doctor").out


def test_a_backup_moves_to_postgresql_and_back(
    stocked_bmtui: CommandLine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if reason := request.getfixturevalue("no_postgres"):
        pytest.skip(reason)
    orders = len(stocked_bmtui.ok("orders", "search", "--json").json)
    first, second = tmp_path / "first", tmp_path / "second"
    stocked_bmtui.ok("backup", str(first))
    with postgres_server.empty_database() as url:
        server = {"BMTUI_STORE": url}
        told = stocked_bmtui("restore", str(first), "--yes", **server)
        assert told.code == 0, told
        assert "bmtui store grants" in told.out
        refused = stocked_bmtui("restore", str(first), "--yes", **server)
        assert refused.code == 3
        assert "Make a new database" in refused.err
        assert stocked_bmtui("backup", str(second), "--json", **server).json["orders"] == orders
    back = CommandLine(tmp_path / "not" / "there" / "yet")
    assert back.ok("restore", str(second), "--yes", "--json").json["orders"] == orders
    assert len(back.ok("orders", "search", "--json").json) == orders
    assert back("doctor").code == 1


def test_backup_without_some_documents_names_them(stocked_bmtui: CommandLine, tmp_path: Path) -> None:
    shipped = stocked_bmtui.ok("orders", "search", "channel:shipped", "--json").json[0]["order_id"]
    rma = str(stocked_bmtui.ok("returns", "create", str(shipped), "--reason", "Defective", "--json").json["rma_id"])
    picture = tmp_path / "box.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\nbox")
    stocked_bmtui.ok("returns", "attach", rma, str(picture))
    stocked_bmtui.ok("config", "set", "retention_days=700")
    made = stocked_bmtui.ok("backup", str(tmp_path / "one"))
    assert "1 document" in made.out
    assert "Not in it: tokens, logs" in made.err
    assert "bmtui.toml" in made.err
    (stored,) = (path for path in (stocked_bmtui.home / "returns").rglob("*") if path.is_file())
    stored.unlink()
    partly = stocked_bmtui("backup", str(tmp_path / "two"))
    assert partly.code == 6
    assert stored.relative_to(stocked_bmtui.home).as_posix() in partly.err
    assert stocked_bmtui.ok("restore", str(tmp_path / "two"), "--dry-run").code == 0
    stocked_bmtui.ok("restore", str(tmp_path / "one"), "--yes")
    assert stored.read_bytes() == picture.read_bytes()


@pytest.mark.skipif(os.getuid() != 0, reason="takes our own rights away")
def test_restore_by_an_operator_is_refused_before_any_question(stocked_bmtui: CommandLine, tmp_path: Path) -> None:
    stocked_bmtui.ok("backup", str(tmp_path / "backup"))
    stocked_bmtui.ok("users", "set", "nobody", "--role", "admin")
    stocked_bmtui.ok("users", "set", "root", "--role", "operator")
    told = stocked_bmtui("restore", str(tmp_path / "backup"))
    assert (told.code, "Only an admin" in told.err) == (3, True)


def test_restore_from_a_file_that_is_no_backup_is_refused(stocked_bmtui: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    file.write_text("hello")
    told = stocked_bmtui("restore", str(file), "--yes")
    assert told.code == 1
    assert "not a backup of bmtui" in told.err
    assert stocked_bmtui("restore", str(tmp_path / "none"), "--yes").code == 2
