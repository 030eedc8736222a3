"""Refunds of many orders, rights, approvals and the audit, as a script uses them."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from command_line import COMMAND, CommandLine

from bmtui.sandbox.server import SandboxServer

SHIPPED = "channel:shipped payment:charged currency:EUR"


def found(bmtui: CommandLine, query: str) -> list[dict[str, Any]]:
    return list(bmtui.ok("orders", "search", query, "--json").json)


def of_one_line(bmtui: CommandLine) -> list[str]:
    """Return the numbers of shipped orders of one line, of which Back Market refunds any amount."""
    with contextlib.closing(sqlite3.connect(bmtui.home / "bmtui.sqlite")) as database, database:
        once = (
            "SELECT o.order_id FROM orders o JOIN order_lines l ON l.order_ref = o.id GROUP BY o.id HAVING count(*) = 1"
        )
        single = {row[0] for row in database.execute(once)}
    return [str(row["order_id"]) for row in found(bmtui, SHIPPED) if row["order_id"] in single]


def stored(bmtui: CommandLine) -> tuple[list[Any], list[Any]]:
    with contextlib.closing(sqlite3.connect(bmtui.home / "bmtui.sqlite")) as database, database:
        return tuple(database.execute(f"SELECT * FROM {name}").fetchall() for name in ("refunds", "payments"))  # type: ignore[return-value]


def test_help_says_that_the_note_of_a_refund_is_printed(bmtui: CommandLine) -> None:
    for command in (("orders", "refund"), ("returns", "refund")):
        assert "printed on the credit note" in " ".join(bmtui.ok(*command, "--help").out.split())


def test_wrong_refund_is_refused_with_the_amount_that_would_be_right(
    stocked_bmtui: CommandLine, marketplace: SandboxServer
) -> None:
    one, two = found(stocked_bmtui, SHIPPED)[:2]
    yen = found(stocked_bmtui, "currency:JPY payment:charged channel:shipped")[0]
    other = stocked_bmtui.ok("orders", "show", str(two["order_id"]), "--json").json["lines"][0]["line_id"]
    mine = stocked_bmtui.ok("orders", "show", str(one["order_id"]), "--json").json["lines"][0]
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    before = stored(stocked_bmtui)
    for order, words, right in (
        (one, ("--amount=0",), "above zero"),
        (one, ("--amount=-1",), "below zero"),
        (one, ("--amount=1.0055",), "2 decimals"),
        (one, ("--amount=$5",), "of USD"),
        (one, ("--amount=5 USD",), "of USD"),
        (yen, ("--amount=10.5",), "no decimals"),
        (one, ("--date", "2000-01-01"), one["created_at"][:7]),
        (one, ("--date", tomorrow), "Today is"),
        (one, ("--amount=99999",), one["refundable"]),
        (one, ("--line", f"{mine['line_id']}=99999"), one["refundable"]),
        (one, ("--line", str(other)), str(mine["line_id"])),
        (one, ("--operation", "issue_refund", "--shipping", "9999"), "or less"),
    ):
        for more in (("--yes",), ("--dry-run",)):
            ran = stocked_bmtui("orders", "refund", str(order["order_id"]), *words, *more)
            assert ran.code == 3, (words, ran)
            assert right in ran.err, (words, ran)
    for words in (("--amount=abc",), ("--shipping=1,2,3",)):
        assert stocked_bmtui("orders", "refund", str(one["order_id"]), *words, "--yes").code == 2, words
    assert stored(stocked_bmtui) == before
    assert marketplace.marketplace.effects == []


def test_two_operators_at_once_return_the_money_once(stocked_bmtui: CommandLine) -> None:
    order = str(found(stocked_bmtui, SHIPPED)[0]["order_id"])
    command = [*COMMAND, "orders", "refund", order, "--operation", "issue_refund", "--yes"]
    both = [
        subprocess.Popen(
            command, env=stocked_bmtui.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=120)[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 3]
    assert "refund" in "".join(told)
    shown = stocked_bmtui.ok("orders", "show", order, "--json").json
    assert (shown["refunded"], shown["payment_status"]) == (shown["received"], "fully_refunded")


def test_refund_many_prints_a_result_for_each_order(
    stocked_bmtui: CommandLine, marketplace: SandboxServer, tmp_path: Path
) -> None:
    one, two, three = of_one_line(stocked_bmtui)[:3]
    file = tmp_path / "orders.txt"
    file.write_text(f"# to be refunded\n{two}=1.50\n\n{three}=99999  # too much\n")
    words = ("orders", "refund-many", one, "--file", str(file), "--reason", "21", "--json")
    dry = stocked_bmtui(*words, "--dry-run")
    assert dry.code == 6
    assert [row["done"] for row in dry.json] == [True, True, False]
    assert stocked_bmtui(*words).code == 2
    assert marketplace.marketplace.effects == []
    ran = stocked_bmtui(*words, "--yes", "--wait")
    assert ran.code == 6
    assert [(row["order_id"], row["done"], row["error"]) for row in ran.json] == [
        (int(one), True, ""),
        (int(two), True, ""),
        (int(three), False, "RuleRefused"),
    ]
    assert {effect["order_id"] for effect in marketplace.marketplace.effects} == {int(one), int(two)}
    assert stocked_bmtui("orders", "refund-many", three + "=99999", "--yes").code == 3
    for wrong in (("x",), (one, one), (), ("--file", str(tmp_path / "none"))):
        assert stocked_bmtui("orders", "refund-many", *wrong, "--yes").code == 2


def test_refund_above_a_limit_waits_for_a_second_account(
    stocked_bmtui: CommandLine, marketplace: SandboxServer
) -> None:
    me = str(os.getuid())
    order = of_one_line(stocked_bmtui)[0]
    stocked_bmtui.ok("users", "set", me, "--role", "admin", "--limit", "EUR=1.00", "--json")
    listed = stocked_bmtui.ok("users", "list", "--json").json
    assert [(row["uid"], row["limits"]) for row in listed] == [
        (int(me), [{"currency": "EUR", "per_refund": "1.00", "per_day": None}])
    ]
    dry = stocked_bmtui.ok("orders", "refund", order, "--dry-run", "--json").json
    assert ", 1.00 EUR a refund" in dry["needs_approval"]
    asked = stocked_bmtui.ok("orders", "refund", order, "--yes", "--wait", "--json")
    assert [row["state"] for row in asked.json["refunds"]] == ["awaiting_approval"]
    (waiting,) = stocked_bmtui.ok("approvals", "list", "--json").json
    number = str(waiting["approval_id"])
    assert (waiting["order_id"], waiting["state"], waiting["currency"]) == (int(order), "awaiting_approval", "EUR")
    # Nobody approves what they asked for themselves.
    assert stocked_bmtui("approvals", "approve", number, "--yes").code == 3
    assert stocked_bmtui("approvals", "approve", number).code == 2
    assert stocked_bmtui("approvals", "approve", "99", "--yes").code == 4
    assert stocked_bmtui("approvals", "reject", number, "--reason", " ", "--yes").code == 3
    taken_back = stocked_bmtui.ok("approvals", "reject", number, "--reason", "No.", "--yes", "--json").json
    assert taken_back["state"] == "withdrawn"
    assert stocked_bmtui.ok("approvals", "list", "--json").json == []
    assert stocked_bmtui.ok("orders", "show", order, "--json").json["refunded"] == "0.00"
    assert marketplace.marketplace.effects == []
    for words, code in (
        (("users", "set", me, "--role", "viewer"), 3),
        (("users", "set", me, "--role", "boss"), 2),
        (("users", "set", me, "--refunds", "perhaps"), 2),
        (("users", "set", me, "--limit", "1.00"), 2),
        (("users", "set", "nobody-of-this-name"), 4),
        (("--read-only", "users", "set", me, "--role", "admin"), 3),
    ):
        assert stocked_bmtui(*words).code == code, words


def test_a_tampered_audit_is_found(stocked_bmtui: CommandLine) -> None:
    order = str(found(stocked_bmtui, "status:in_process shipping:unshipped")[0]["order_id"])
    stocked_bmtui.ok("orders", "cancel", order, "--status", "on_hold", "--note", "why", "--yes")
    whole = stocked_bmtui.ok("audit", "verify", "--json").json
    assert (whole["whole"], whole["problems"]) == (True, [])
    rows = stocked_bmtui.ok("audit", "list", "--order", order, "--json").json
    assert [row["action"] for row in rows] == ["order.cancelled_internally"]
    assert rows[0]["before"]["status"] == "in_process"
    assert stocked_bmtui.ok("audit", "verify", "--head", whole["head"]).out.startswith(f"{whole['rows']} rows")
    assert stocked_bmtui("audit", "verify", "--head", "x").code == 2
    assert stocked_bmtui("audit", "list", "--since", "soon").code == 2
    with contextlib.closing(sqlite3.connect(stocked_bmtui.home / "bmtui.sqlite")) as database, database:
        database.execute("DROP TRIGGER audit_never_changes")
        database.execute("UPDATE audit SET actor = 'somebody else' WHERE id = ?", (rows[0]["audit_id"],))
    ran = stocked_bmtui("audit", "verify", "--json")
    assert ran.code == 1
    assert not ran.json["whole"]
    assert f"Row {rows[0]['audit_id']} was changed" in ran.json["problems"][0]["sentence"]
