"""Commands with ``--json`` that no other test runs; `CommandLine` checks their output against their schemas."""

from __future__ import annotations

import json
import os
from pathlib import Path

from command_line import CommandLine


def test_output_of_order_commands_fits_its_schema(stocked_bmtui: CommandLine, tmp_path: Path) -> None:
    bmtui = stocked_bmtui
    charged = [
        str(row["order_id"])
        for row in bmtui.ok("orders", "search", "channel:shipped payment:charged", "--json").json
        if row["customer"]["email"]
    ]
    first, second = charged[:2]
    assert bmtui.ok("orders", "paper-name", first, "Maja Müller", "--json").json["paper_name"] == "Maja Müller"
    check = ("--operation", "issue_refund", "--method", "wire", "--yes", "--json")
    refund = bmtui.ok("orders", "refund", first, "--amount", "1.00", *check).json["refunds"][0]
    void = ("orders", "refund-void", first, str(refund["refund_id"]), "--reason", "nobody paid it")
    assert bmtui.ok(*void, "--dry-run", "--json").json["state"] == "recorded"
    assert bmtui.ok(*void, "--yes", "--json").json["state"] == "withdrawn"
    assert len(bmtui.ok("orders", "refund-many", first, second, "--dry-run", "--json").json) == 2
    assert len(bmtui.ok("orders", "tag", first, second, "--add", "vip", "--json").json) == 2
    assert len(bmtui.ok("orders", "assign", first, second, "--nobody", "--json").json) == 2
    both = bmtui("orders", "tag", first, "999", "--add", "vip", "--json")
    assert (both.code, both.json[1]["result"]) == (6, "refused")
    bmtui.ok("orders", "field", "--add", "shelf", "--json")
    assert bmtui.ok("orders", "refresh", first, "--json").json["status"] == "submitted"
    assert bmtui.ok("orders", "download", "--order", first, "--json").json["status"] == "submitted"
    assert bmtui.ok("totals", "--json").json[0]["orders"] > 0
    assert bmtui.ok("worker", "--once", "--json").json == {"jobs": []}
    mail = bmtui.ok("orders", "show", first, "--json").json["customer"]["email"]
    erased = bmtui("privacy", "erase", mail, "--yes", "--json")
    assert (erased.code, erased.json["dry_run"]) in ((0, False), (6, False))
    assert bmtui.ok("purge", "--older-than", "1", "--dry-run", "--json").json["dry_run"]


def test_output_of_identifiers_and_shipments_fits_its_schema(stocked_bmtui: CommandLine) -> None:
    bmtui = stocked_bmtui
    rows = bmtui.ok("orders", "search", "channel:toship", "--json").json
    orders = [bmtui.ok("orders", "show", str(row["order_id"]), "--json").json for row in rows]
    order = next(
        order for order in orders if [(line["sku"][:3], line["quantity"]) for line in order["lines"]] == [("PHN", 1)]
    )
    number = str(order["order_id"])
    identify = ("orders", "identify", number, "--identifier", f"{order['lines'][0]['line_id']}=353270040000004")
    assert bmtui.ok(*identify, "--dry-run", "--json").json["order_id"] == order["order_id"]
    assert bmtui.ok(*identify, "--yes", "--json").json["result"] == "recorded"
    assert bmtui.ok("company", "set", "Shop", "allow_fulfillment_upload=false", "--dry-run", "--json").json["changes"]
    bmtui.ok("company", "set", "Shop", "allow_fulfillment_upload=false", "--json")
    bmtui.ok("orders", "ship", number, "--tracking", "1Z999AA10123456784", "--carrier", "UPS", "--yes", "--json")
    (shipment,) = bmtui.ok("shipments", "list", "--all", "--json").json
    assert (shipment["order_id"], shipment["state"]) == (order["order_id"], "queued")
    refused = bmtui("shadow", "begin", "Shop", "--dry-run", "--json")
    assert (refused.code, "Shop: 1 write is not settled" in refused.err) == (3, True)


def test_output_of_returns_fits_its_schema(stocked_bmtui: CommandLine) -> None:
    bmtui = stocked_bmtui
    order = str(bmtui.ok("orders", "search", "channel:shipped payment:charged", "--json").json[0]["order_id"])
    rma = str(bmtui.ok("returns", "create", order, "--reason", "Defective", "--json").json["rma_id"])
    assert str(bmtui.ok("returns", "list", "--json").json[0]["rma_id"]) == rma
    for words in (
        ("reject",),
        ("undecide",),
        ("approve",),
        ("receive",),
        ("resolve", "repair"),
        ("close",),
        ("reopen",),
    ):
        assert str(bmtui.ok("returns", words[0], rma, *words[1:], "--json").json["rma_id"]) == rma


def test_output_of_views_rules_and_settings_fits_its_schema(shop_bmtui: CommandLine, tmp_path: Path) -> None:
    bmtui = shop_bmtui
    assert bmtui.ok("company", "test", "--json").json["ok"]
    begun = bmtui.ok("shadow", "begin", "Shop", "--dry-run", "--json").json
    assert begun == {"company": "Shop", "in_shadow": True}
    assert bmtui.ok("config", "check", "--json").json["ok"]
    bmtui.ok("views", "save", "Late", "shipby:overdue", "--json")
    assert "Late" in [row["name"] for row in bmtui.ok("views", "list", "--json").json]
    assert bmtui.ok("money", "settings", "--json").json
    to = ("--every", "day", "--at", "07:30", "--to", str(tmp_path))
    made = bmtui.ok("views", "schedule", "Late", *to, "--json").json
    assert bmtui.ok("views", "schedules", "--json").json == [made]
    assert bmtui.ok("views", "unschedule", str(made["schedule_id"]), "--json").json["removed"]
    assert bmtui.ok("views", "delete", "Late", "--yes", "--json").json["deleted"]
    assert bmtui.ok("store", "grants", "--json").json["sql"]
    assert bmtui.ok("rules", "export", "--json").json == {}
    rule = ("--when", "order.created", "--if", "total:>500", "--then", "tag big")
    bmtui.ok("rules", "save", "big", *rule, "--yes", "--json")
    (exported,) = bmtui.ok("rules", "export", "--json").json["rule"]
    assert (exported["name"], exported["if"]) == ("big", "total:>500")
    assert bmtui.ok("users", "set", str(os.getuid()), "--role", "admin", "--json").json["role"] == "admin"
    assert json.loads(bmtui.ok("help", "search", "undo", "window", "--json").out)
