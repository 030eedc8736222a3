"""Cancellation here and on Back Market, history and evidence of an order, and `orders reconcile` for cron."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from command_line import CommandLine

from bmtui.sandbox.server import SandboxServer


def found(bmtui: CommandLine, query: str) -> list[dict[str, Any]]:
    return list(bmtui.ok("orders", "search", query, "--json").json)


def test_order_is_cancelled_internally_and_brought_back_by_command(stocked_bmtui: CommandLine) -> None:
    one, two = (
        str(row["order_id"]) for row in found(stocked_bmtui, "channel:to_ship status:in_process shipping:unshipped")[:2]
    )
    shipped = str(found(stocked_bmtui, "shipping:fully")[0]["order_id"])
    before = stocked_bmtui.ok("orders", "show", one, "--json").json
    assert (
        stocked_bmtui.ok("orders", "status", one, "on_hold", "--note", "why", "--yes", "--json").json["status"]
        == "on_hold"
    )
    assert stocked_bmtui("orders", "status", one, "on_hold", "--yes").code == 3
    assert stocked_bmtui("orders", "status", one, "gone", "--yes").code == 2
    assert "still expects this order" in stocked_bmtui.ok("orders", "status", one, "in_process", "--dry-run").out
    assert stocked_bmtui.ok("orders", "status", one, "in_process", "--yes", "--json").json["status"] == "in_process"
    at = stocked_bmtui.ok("audit", "list", "--order", one, "--json").json[-1]["at"]
    then = stocked_bmtui.ok("orders", "show", one, "--at", at, "--json").json
    assert (then["status"], then["at"]) == ("on_hold", at)
    assert before["status"] == "in_process"
    for when, code in (("soon", 2), ("2999-01-01", 2), ("2001-01-01", 4)):
        assert stocked_bmtui("orders", "show", one, "--at", when).code == code, when
    ran = stocked_bmtui("orders", "cancel-many", one, two, shipped, "--status", "cancelled", "--yes", "--json")
    assert ran.code == 6
    assert [row["done"] for row in ran.json] == [True, True, False]
    assert "unshipped" in ran.json[2]["sentence"]
    assert stocked_bmtui("orders", "cancel-many", f"{one}=5", "--status", "void", "--yes").code == 2


def test_an_order_ends_on_back_market(stocked_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    order = next(
        order
        for order in marketplace.marketplace.all_orders()
        if [line["state"] for line in order["orderlines"]] == [1]
    )
    number = str(order["order_id"])
    words = ("orders", "cancel-on-channel", number)
    dry = stocked_bmtui.ok(*words, "--dry-run", "--json").json
    assert dry["lines"][0]["request"]["body"]["new_state"] == 4
    assert stocked_bmtui(*words).code == 2
    assert stocked_bmtui(*words, "--line", "1", "--yes").code == 3
    assert marketplace.marketplace.effects == []
    ended = stocked_bmtui.ok(*words, "--yes", "--wait", "--json").json
    assert (ended["status"], ended["channel_status"], ended["payment_status"]) == (
        "cancelled", "cancelled", "fully_refunded",
    )  # fmt: skip
    assert stocked_bmtui(*words, "--yes").code == 3
    assert stocked_bmtui("orders", "cancel-on-channel", "1", "--yes").code == 4


def test_cancel_with_wait_prints_the_outcome(stocked_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    orders = marketplace.marketplace.all_orders()
    number = next(str(one["order_id"]) for one in orders if [line["state"] for line in one["orderlines"]] == [1])
    said = stocked_bmtui.ok("orders", "cancel-on-channel", number, "--yes", "--wait").out
    assert said.startswith("Back Market confirmed it: Cancelled, ")
    assert said.rstrip().endswith("Fully Refunded.")


def test_cancel_command_accepts_its_status_as_word_or_option_but_not_both(stocked_bmtui: CommandLine) -> None:
    first, second = (str(row["order_id"]) for row in found(stocked_bmtui, "channel:to_ship status:in_process")[:2])
    stocked_bmtui.ok("orders", "cancel", first, "on_hold", "--note", "A", "--yes")
    stocked_bmtui.ok("orders", "cancel", second, "--status", "on_hold", "--note", "A", "--yes")
    for words in ((first,), (first, "void", "--status", "void")):
        ran = stocked_bmtui("orders", "cancel", *words, "--yes")
        assert (ran.code, "Name one status." in ran.err) == (2, True)


def test_evidence_is_written_once(stocked_bmtui: CommandLine, tmp_path: Path) -> None:
    order = str(found(stocked_bmtui, "shipping:fully")[0]["order_id"])
    file = tmp_path / "pack.json"
    made = stocked_bmtui.ok("orders", "evidence", order, str(file), "--json").json
    assert made["order_id"] == int(order)
    assert json.loads(file.read_text())["order"]["order_id"] == int(order)
    assert stocked_bmtui("orders", "evidence", order, str(file)).code == 2
    assert stocked_bmtui("orders", "evidence", order, str(tmp_path / "pack.doc")).code == 2
    assert stocked_bmtui("orders", "evidence", "1", str(tmp_path / "none.pdf")).code == 4
    stocked_bmtui.ok("orders", "evidence", order, str(tmp_path / "pack.pdf"))


def test_reconcile_exit_code_says_if_store_and_channel_agree(
    stocked_bmtui: CommandLine, marketplace: SandboxServer
) -> None:
    since = ("--since", "2001-01-01")
    agreed = stocked_bmtui.ok("reconcile", *since, "--json").json
    assert (agreed["open"], agreed["drifts"], agreed["compared"]) == (
        0,
        [],
        len(found(stocked_bmtui, "")),
    )
    order = found(stocked_bmtui, "channel:shipped")[0]["order_id"]
    with contextlib.closing(sqlite3.connect(stocked_bmtui.home / "bmtui.sqlite")) as database, database:
        database.execute("UPDATE orders SET tracking_number = 'X-1' WHERE order_id = ?", (order,))
    ran = stocked_bmtui("reconcile", *since, "--json")
    assert ran.code == 6
    assert [(row["order_id"], row["what"], row["here"], row["state"]) for row in ran.json["drifts"]] == [
        (order, "tracking", "X-1", "open")
    ]
    assert stocked_bmtui("reconcile", "--last").code == 6
    fixed = stocked_bmtui.ok("reconcile", "--order", str(order), "--fix", "--json").json
    assert (fixed["repaired"], fixed["open"]) == (1, 0)
    assert stocked_bmtui.ok("reconcile", "--last", "--csv").out.strip() == ""
    for words, code in (
        (("--last", "--fix"), 2),
        (("--since", "soon"), 2),
        (("--since", "2999-01-01"), 2),
        (("--order", "x"), 2),
    ):
        assert stocked_bmtui("reconcile", *words).code == code, words
    assert marketplace.marketplace.effects == []


def test_the_grants_are_printed(bmtui: CommandLine) -> None:
    assert "CREATE CONSTRAINT TRIGGER bmtui_books" in bmtui.ok("store", "grants").out
