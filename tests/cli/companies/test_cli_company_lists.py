"""Companies on the command line: removed and listed; a list has a single time zone."""

from __future__ import annotations

from pathlib import Path

from command_line import CommandLine

from bmtui.sandbox.server import SandboxServer


def test_a_list_of_several_companies_names_its_zone(stocked_bmtui: CommandLine, tmp_path: Path) -> None:
    head = stocked_bmtui.ok("orders", "search", "--limit", "1").out.splitlines()[0]
    assert "Created " in head
    assert "(" not in head
    stocked_bmtui.ok("config", "set", "zone=Asia/Tokyo", "--json")
    tokyo = stocked_bmtui.ok("orders", "search", "--limit", "1").out.splitlines()
    assert "Created (Asia/Tokyo)" in tokyo[0]
    stocked_bmtui.ok("config", "set", "zone=UTC")
    assert tokyo[1] != stocked_bmtui.ok("orders", "search", "--limit", "1").out.splitlines()[1]
    wrong = stocked_bmtui("config", "set", "zone=paris")
    assert (wrong.code, "Europe/Paris" in wrong.err) == (2, True)
    again = stocked_bmtui("orders", "search", BMTUI_ZONE="Mars/Olympus")
    assert (again.code, "BMTUI_ZONE" in again.err) == (2, True)


def test_company_added_or_removed_twice_is_refused(shop_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    file = shop_bmtui.home.parent / "token"
    added = shop_bmtui(
        *("company", "add", "Twin", "--platform", "eu", "--url", f"{marketplace.url}/", "--token-file", str(file)),
        *("--contact", "orders@shop.example"),
    )
    assert (added.code, "Shop has this account already" in added.err) == (3, True)
    assert shop_bmtui("company", "remove", "Shop").code == 2
    assert shop_bmtui.ok("company", "remove", "Shop", "--dry-run", "--json").json["orders"] == 0
    assert [row["name"] for row in shop_bmtui.ok("company", "list", "--json").json] == ["Shop"]
    shop_bmtui.ok("company", "remove", "Shop", "--yes")
    assert shop_bmtui.ok("company", "list", "--json").json == []
    assert [row["name"] for row in shop_bmtui.ok("company", "list", "--all", "--json").json] == ["Shop"]
    assert shop_bmtui("company", "remove", "Shop", "--yes").code == 3
    assert shop_bmtui("company", "remove", "Nobody", "--yes").code == 4
