"""`orders tag`, `orders assign` and `orders field`, as a script uses them."""

from __future__ import annotations

import csv
import io

from command_line import CommandLine


def test_orders_get_tags_an_assignee_and_fields_and_lists_tell_them(stocked_bmtui: CommandLine) -> None:
    bmtui = stocked_bmtui
    first, second, *_ = (str(row["order_id"]) for row in bmtui.ok("orders", "search", "--json", "--limit", "2").json)
    order = bmtui.ok("orders", "tag", first, "--add", "vip", "--add", "urgent", "--json").json
    assert (order["order_id"], order["tags"], order["assignee"], order["fields"]) == (
        *(int(first), ["urgent", "vip"], None, {}),
    )
    both = bmtui.ok("orders", "tag", first, second, "--remove", "urgent", "--json").json
    assert [row["tags"] for row in both] == [["vip"], []]
    me = bmtui.ok("orders", "assign", first, "--to", "me", "--json").json["assignee"]
    assert "shelf" in bmtui.ok("orders", "field", "--add", "shelf").out
    bmtui.ok("orders", "field", first, "--set", "shelf=A 12", "--json")
    row = bmtui.ok("orders", "search", "tag:vip", "assignee:me", 'field.shelf:"A 12"', "--json").json
    assert [(found["tags"], found["assignee"], found["fields"]) for found in row] == [(["vip"], me, {"shelf": "A 12"})]
    table = list(csv.DictReader(io.StringIO(bmtui.ok("orders", "search", "tag:vip", "--csv").out)))
    assert (table[0]["tags"], table[0]["assignee"], table[0]["fields.shelf"]) == ('["vip"]', me, "A 12")
    shown = bmtui.ok("orders", "show", first).out
    assert "Tags       vip" in shown
    assert "shelf: A 12" in shown


def test_bad_tags_accounts_and_fields_change_nothing(stocked_bmtui: CommandLine) -> None:
    bmtui = stocked_bmtui
    order = str(bmtui.ok("orders", "search", "--json", "--limit", "1").json[0]["order_id"])
    assert bmtui("orders", "tag", order, "--add", "two words").code == 2
    assert bmtui("orders", "tag", order).code == 2
    assert bmtui("orders", "assign", order, "--to", "no-such-account").code == 4
    assert bmtui("orders", "field", order, "--set", "shelf=A").code == 4
    assert bmtui("orders", "tag", "99", "--add", "vip").code == 4
    assert bmtui("orders", "tag", "99", order, "--add", "vip").code == 6
    assert bmtui("--read-only", "orders", "tag", order, "--add", "other").code == 3
    bmtui.ok("orders", "field", "--add", "shelf")
    assert bmtui("orders", "field", "--remove", "shelf").code == 2
    bmtui.ok("orders", "field", "--remove", "shelf", "--yes", "--json")
