"""`company add --shadow`, `shadow report|leave` and `moving-in`: orders are read and compared, nothing is sent."""

from __future__ import annotations

from command_line import CommandLine

from bmtui.sandbox.server import SandboxServer


def test_a_company_added_in_shadow_sends_nothing_until_it_leaves(
    bmtui: CommandLine, marketplace: SandboxServer
) -> None:
    token = bmtui.home.parent / "token"
    token.write_text(marketplace.token + "\n")
    added = bmtui.ok(
        *("company", "add", "Shop", "--platform", "eu", "--url", marketplace.url, "--token-file", str(token)),
        *("--contact", "orders@shop.example", "--shadow"),
    )
    assert "in shadow" in added.out
    bmtui.ok("orders", "download", "--since", "2000-01-01", "--wait")
    row = bmtui.ok("orders", "search", "channel:to_accept status:in_process", "--json").json[0]
    refused = bmtui("orders", "accept", str(row["order_id"]), "--yes")
    assert (refused.code, "is in shadow" in refused.err) == (3, True)
    assert marketplace.marketplace.effects == []
    report = bmtui.ok("shadow", "report", "--json").json
    assert (report["in_shadow"], report["sent"]) == (True, 0)
    steps = bmtui("moving-in", "--json")
    assert steps.code == 6
    assert "shadow" in [step["key"] for step in steps.json["steps"] if not step["done"]]
    assert bmtui("shadow", "leave").code == 2
    bmtui.ok("shadow", "leave", "--dry-run")
    assert bmtui.ok("shadow", "leave", "--yes", "--json").json["in_shadow"] is False
    bmtui.ok("orders", "accept", str(row["order_id"]), "--yes", "--wait")
    assert len(marketplace.marketplace.effects) == 1


def test_moving_in_when_a_file_is_imported_shows_it_first_and_stores_it_once(stocked_bmtui: CommandLine) -> None:
    order = str(stocked_bmtui.ok("orders", "search", "channel:to_ship status:in_process", "--json").json[0]["order_id"])
    file = stocked_bmtui.home.parent / "orders.csv"
    file.write_text(f"Number,Status,Shelf\n{order},Problem Order,A12\n1,,B\n")
    words = ("moving-in", "import", str(file), "--map", "order_id=Number", "--map", "field.shelf=Shelf")
    wrong = stocked_bmtui(*words, "--yes")
    assert (wrong.code, "Row 3" in wrong.out) == (3, True)
    file.write_text(f"Number,Status,Shelf\n{order},Problem Order,A12\n")
    assert "Nothing was stored." in stocked_bmtui.ok(*words, "--dry-run").out
    assert stocked_bmtui(*words).code == 2
    assert stocked_bmtui.ok(*words, "--yes", "--json").json["orders_changed"] == 1
    assert stocked_bmtui.ok(*words, "--yes", "--json").json["orders_changed"] == 0
    view = stocked_bmtui.ok("orders", "show", order, "--json").json
    assert (view["status"], view["fields"]) == ("problem_order", {"shelf": "A12"})
    assert stocked_bmtui("moving-in", "import").code == 2
