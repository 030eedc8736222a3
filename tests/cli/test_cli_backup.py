"""`backup` and `restore` as a script uses them."""

from __future__ import annotations

from pathlib import Path

from command_line import CommandLine


def test_backup_then_restore(stocked_bmtui: CommandLine, tmp_path: Path) -> None:
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


def test_what_is_no_backup_is_refused(stocked_bmtui: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    file.write_text("hello")
    told = stocked_bmtui("restore", str(file), "--yes")
    assert told.code == 1
    assert "not a backup of bmtui" in told.err
    assert stocked_bmtui("restore", str(tmp_path / "none"), "--yes").code == 2
