"""`company add --shadow`, `shadow report|leave` and `moving-in`: read and compared, and nothing sent."""

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
