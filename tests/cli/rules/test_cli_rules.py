"""`bmtui rules`, as an admin and a script use it."""

from __future__ import annotations

from command_line import CommandLine

SPEC = ("--when", "order.created", "--if", "total:>800", "--then", "tag big", "--then", "note Look at it")


def test_a_rule_when_tried_counts_what_the_search_finds(stocked_bmtui: CommandLine) -> None:
    tried = stocked_bmtui.ok("rules", "test", *SPEC, "--json").json
    assert tried["matching"] == len(stocked_bmtui.ok("orders", "search", "total:>800", "--json").json) > 0
    assert tried["total"] > tried["matching"]
    assert stocked_bmtui.ok("rules", "log", "--json").json == []


def test_a_rule_when_saved_is_listed_and_shown(stocked_bmtui: CommandLine) -> None:
    bmtui = stocked_bmtui
    tried = bmtui.ok("rules", "test", *SPEC, "--json").json
    assert bmtui("rules", "save", "big", *SPEC).code == 2
    assert bmtui.ok("rules", "save", "big", *SPEC, "--dry-run", "--json").json["matching"] == tried["matching"]
    saved = bmtui.ok("rules", "save", "big", *SPEC, "--limit", "5", "--yes", "--json").json
    assert (saved["version"], saved["enabled"], saved["then"]) == (1, True, ["tag big", "note Look at it"])
    assert [row["name"] for row in bmtui.ok("rules", "list", "--json").json] == ["acceptance rule of Shop", "big"]
    assert bmtui.ok("rules", "show", "big", "--json").json["limit"] == 5
    assert bmtui.ok("rules", "test", "big", "--json").json == {**tried, "rule": "big"}


def test_rules_are_turned_off_one_by_one_and_all_together(stocked_bmtui: CommandLine) -> None:
    bmtui = stocked_bmtui
    bmtui.ok("rules", "save", "big", *SPEC, "--yes")
    assert not bmtui.ok("rules", "off", "big", "--json").json["enabled"]
    assert bmtui.ok("rules", "on", "big", "--json").json["enabled"]
    assert "All rules are off" in bmtui.ok("rules", "off").out
    assert "All rules are off" in bmtui.ok("rules", "list").err
    assert bmtui("rules", "off").code == 3
    bmtui.ok("rules", "on")


def test_a_rule_is_deleted_only_with_yes(stocked_bmtui: CommandLine) -> None:
    stocked_bmtui.ok("rules", "save", "big", *SPEC, "--yes")
    assert stocked_bmtui("rules", "delete", "big").code == 2
    stocked_bmtui.ok("rules", "delete", "big", "--yes", "--json")
    assert stocked_bmtui("rules", "show", "big").code == 4


def test_invalid_rule_is_refused_and_changes_nothing(shop_bmtui: CommandLine) -> None:
    bmtui = shop_bmtui
    refund = bmtui("rules", "save", "r", "--when", "order.created", "--then", "refund 10", "--yes")
    assert (refund.code, "never does 'refund'" in refund.err) == (3, True)
    assert bmtui("rules", "save", "r", "--when", "order.eaten", "--then", "tag a", "--yes").code == 2
    assert bmtui("rules", "save", "r", "--when", "order.created", "--if", "a:b", "--then", "tag a", "--yes").code == 2
    assert bmtui("rules", "test").code == 2
    assert bmtui("--read-only", "rules", "save", "r", *SPEC, "--yes").code == 3
    assert [row["builtin"] for row in bmtui.ok("rules", "list", "--json").json] == [True]


def test_rules_are_exported_and_imported_and_a_bad_one_is_named_with_its_line(shop_bmtui: CommandLine) -> None:
    bmtui = shop_bmtui
    bmtui.ok("rules", "save", "big", *SPEC, "--yes")
    text = bmtui.ok("rules", "export").out
    file = bmtui.home.parent / "rules.toml"
    file.write_text(f'{text}\n[[rule]]\nname = "bad"\nwhen = "order.created"\nthen = ["eat"]\n')
    line = file.read_text().split("\n").index('then = ["eat"]') + 1
    bmtui.ok("rules", "delete", "big", "--yes")
    dry = bmtui("rules", "import", str(file), "--dry-run", "--json")
    assert (dry.code, dry.json["saved"], f"line {line}: A rule cannot do 'eat'" in dry.err) == (6, ["big"], True)
    assert bmtui("rules", "import", str(file), "--yes").code == 6
    assert bmtui.ok("rules", "show", "big", "--json").json["version"] == 1
    assert bmtui("rules", "import", str(file) + "x", "--yes").code == 2
    endless = bmtui("rules", "import", "/dev/zero", "--yes")
    assert (endless.code, "it is a device, not a file" in endless.err) == (2, True)
    with file.open("wb") as large:
        large.truncate(20_000_001)
    refused = bmtui("rules", "import", str(file), "--yes")
    assert (refused.code, "more than 20 MB" in refused.err) == (2, True)
