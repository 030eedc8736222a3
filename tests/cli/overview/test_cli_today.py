"""`bmtui today`: a row a kind as JSON, and the exit code while something is late or unknown."""

from __future__ import annotations

from command_line import CommandLine

from bmtui.desk.overview.today import Kind


def test_today_when_the_store_is_empty_ends_with_0_and_has_every_kind(shop_bmtui: CommandLine) -> None:
    ran = shop_bmtui("today", "--json")
    assert ran.code == 0
    assert [row["kind"] for row in ran.json["rows"]] == [str(kind) for kind in Kind]
    assert "Nothing needs you." in shop_bmtui.ok("today").err


def test_today_when_orders_wait_names_the_worst_and_ends_with_6_if_late(stocked_bmtui: CommandLine) -> None:
    ran = stocked_bmtui("today", "--json")
    rows = {row["kind"]: row for row in ran.json["rows"]}
    assert ran.code == (6 if any(row["late"] for row in rows.values()) else 0)
    accept = rows["accept"]
    assert accept["count"] > 0
    assert set(accept) == {"kind", "label", "count", "late", "oldest_at", "due_at", "worst"}
    assert {"id", "about"} <= set(accept["worst"])
    assert sum(band["count"] for band in ran.json["due"]) > 0
    assert len(ran.json["orders_24h"]) == 24
    table = stocked_bmtui("today")
    assert table.code == ran.code
    assert str(accept["worst"]["id"]) in table.out
