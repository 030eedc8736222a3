"""Messages after a restore, and the commands with which a person answers them."""

from __future__ import annotations

from pathlib import Path

from command_line import CommandLine


def test_restore_says_what_waits_and_numbers_are_confirmed(stocked_bmtui: CommandLine, tmp_path: Path) -> None:
    bmtui = stocked_bmtui
    bmtui.ok("backup", str(tmp_path / "backup"))
    assert not any(row["waits"] for row in bmtui.ok("numbers", "list", "--json").json)
    told = bmtui.ok("restore", str(tmp_path / "backup"), "--yes").out
    assert "Unknown: what was done after" in told
    assert "series of numbers wait until you say which number was used last" in told
    assert "1 job reads all orders of Back Market" in told
    rows = bmtui.ok("numbers", "list", "--json").json
    assert all(row["waits"] for row in rows)
    name = next(row["name"] for row in rows if row["kind"] == "invoice")
    assert bmtui("numbers", "confirm", name, "x", "--yes").code == 2
    assert bmtui("numbers", "confirm", "nothing", "1", "--yes").code == 4
    confirmed = bmtui.ok("numbers", "confirm", name, "7", "--yes", "--json").json
    assert (confirmed["waits"], confirmed["last_number"]) == (False, 7)
    assert bmtui("numbers", "confirm", name, "8", "--yes").code == 3
    assert "restore" in bmtui("doctor").out


def test_request_in_doubt_is_settled_by_command(stocked_bmtui: CommandLine, tmp_path: Path) -> None:
    bmtui = stocked_bmtui
    (order, *_) = bmtui.ok("orders", "search", "channel:shipped payment:charged currency:EUR", "--json").json
    bmtui.ok("users", "set", "root", "--role", "admin", "--limit", "EUR=1")
    bmtui.ok("orders", "refund", str(order["order_id"]), "--yes")
    bmtui.ok("backup", str(tmp_path / "backup"))
    (waiting,) = bmtui.ok("approvals", "list", "--json").json
    number = str(waiting["approval_id"])
    assert waiting["doubt"] == ""
    assert bmtui("approvals", "settle", number, "--did-not-happen", "--yes").code == 3
    document = bmtui.ok("restore", str(tmp_path / "backup"), "--yes", "--json").json
    assert document["doubts"]["approvals"] == 1
    assert "Settle it first" in bmtui.ok("approvals", "list").err
    assert bmtui("approvals", "settle", number, "--yes").code == 2
    assert bmtui("approvals", "settle", number, "--happened", "--yes").code == 3
    settled = bmtui.ok("approvals", "settle", number, "--did-not-happen", "--yes", "--json").json
    assert settled["doubt"] == ""
