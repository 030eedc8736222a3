"""Command line as an interface: names, JSON fields, exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import signal
import subprocess
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from command_line import COMMAND, CommandLine

from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer

ORDER_FIELDS = {
    *("order_id", "company", "status", "shipping_status", "payment_status", "channel_status", "channel_notified"),
    *("market", "currency", "goods", "shipping", "total", "received", "refunded", "refundable", "created_at"),
    *("updated_at", "paid_at", "ship_by", "shipped_at", "customer", "ship_to", "bill_to", "fees", "net"),
    *("customer_id_number", "tags", "assignee", "fields"),
}
NESTED_FIELDS = {"lines", "shipments", "payments", "refunds", "returns", "invoices", "notes", "jobs", "history"}
JOB_FIELDS = {
    *("job_id", "type", "status", "priority", "company", "submitted_at", "submitted_by", "started_at", "completed_at"),
    *("total", "processed", "succeeded", "failed", "error", "attempts", "parameters", "about"),
}


def test_printed_times_are_of_the_company_zone_and_json_times_utc(stocked_bmtui: CommandLine) -> None:
    stocked_bmtui.ok("company", "set", "Shop", "time_zone=Asia/Tokyo")
    found = stocked_bmtui.ok("orders", "search", "channel:shipped", "--json").json
    row = next(row for row in found if row["customer"]["email"])
    order = str(row["order_id"])
    assert row["created_at"].endswith("Z")
    assert f",{row['created_at']}," in stocked_bmtui.ok("orders", "search", f"id:{order}", "--csv").out
    local = datetime.fromisoformat(row["created_at"]).astimezone(ZoneInfo("Asia/Tokyo"))
    assert f" {local:%Y-%m-%d %H:%M} " in stocked_bmtui.ok("orders", "search", f"id:{order}").out
    rma = stocked_bmtui.ok("returns", "create", order, "--reason", "Defective", "--json").json["rma_id"]
    stocked_bmtui.ok("orders", "note", order, "called", "--json")
    stocked_bmtui.ok("orders", "refund", order, "--yes")
    job = stocked_bmtui.ok("jobs", "list", "--json").json[-1]["job_id"]
    effect = stocked_bmtui.ok("outbox", "list", "--json").json[0]["effect_id"]
    for words in (
        ("orders", "search"), ("orders", "show", order), ("jobs", "list"), ("jobs", "show", str(job)),
        ("jobs", "logs", str(job)), ("outbox", "list"), ("outbox", "show", str(effect)), ("returns", "list"),
        ("returns", "show", str(rma)), ("audit", "list"), ("privacy", "export", row["customer"]["email"]),
        ("invoices", "list", "--waiting"),
    ):  # fmt: skip
        said = stocked_bmtui.ok(*words).out
        assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", said), words
        assert not re.search(r"\d\dT\d\d:\d\d\S*Z", said), words
    assert re.search(r"\d\d:\d\d:\d\d ", stocked_bmtui.ok("jobs", "logs", str(job)).out)


def test_order_json_has_the_documented_fields(stocked_bmtui: CommandLine) -> None:
    rows = stocked_bmtui.ok("orders", "search", "has:imei", "--json").json
    assert set(rows[0]) == ORDER_FIELDS
    order = stocked_bmtui.ok("orders", "show", str(rows[0]["order_id"]), "--json").json
    assert set(order) >= ORDER_FIELDS | NESTED_FIELDS
    assert {name: order[name] for name in ORDER_FIELDS} == rows[0]
    assert set(order["customer"]) == {"name", "email", "phone"}
    assert set(order["lines"][0]) >= {
        *("line_id", "sku", "product", "quantity", "price", "state", "imei", "serial_number", "refunded")
    }


def test_json_is_alone_on_stdout(shop_bmtui: CommandLine) -> None:
    ran = shop_bmtui.ok("orders", "download", "--since", "2000-01-01", "--wait", "--json")
    assert ran.json["status"] == "completed"
    assert "Order download" in ran.err
    again = shop_bmtui.ok("orders", "download", "--since", "2000-01-01", "--wait", "--json").json
    assert (again["created"], again["updated"], again["skipped"]) == (0, 0, 0)
    assert again["unchanged"] == again["fetched"] == ran.json["created"]


def test_search_command_limits_sorts_and_says_how_many_it_left_out(stocked_bmtui: CommandLine) -> None:
    everything = stocked_bmtui.ok("orders", "search", "--json").json
    dates = [row["created_at"] for row in everything]
    assert dates == sorted(dates, reverse=True)
    by_id = stocked_bmtui.ok("orders", "search", "--json", "--sort", "id", "--limit", "7").json
    assert [row["order_id"] for row in by_id] == sorted(row["order_id"] for row in everything)[:7]
    table = stocked_bmtui.ok("orders", "search", "--limit", "5")
    assert f"5 of {len(everything)} orders shown" in table.err
    assert len(table.out.splitlines()) == 6


def test_csv_has_every_field_and_no_formulas(stocked_bmtui: CommandLine) -> None:
    rows = list(csv.DictReader(io.StringIO(stocked_bmtui.ok("orders", "search", "--csv").out)))
    assert len(rows) == len(stocked_bmtui.ok("orders", "search", "--json").json)
    assert {"order_id", "customer.name", "ship_to.city", "total"} <= set(rows[0])
    cells = [value for row in rows for value in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "@")) or (cell[:1] == "+" and not cell[1:].isdecimal())]


def test_a_refund_is_dry_run_sent_and_shown(stocked_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    order = stocked_bmtui.ok("orders", "search", "channel:shipped payment:charged", "--json").json[0]
    number = str(order["order_id"])
    dry = stocked_bmtui.ok("orders", "refund", number, "--dry-run", "--json").json
    assert marketplace.marketplace.effects == []
    sent = stocked_bmtui.ok("orders", "refund", number, "--yes", "--wait", "--note", "goodwill", "--json").json
    effects = marketplace.marketplace.effects
    assert [effect["body"] for effect in effects] == [refund["request"]["body"] for refund in dry["refunds"]]
    assert [refund["state"] for refund in sent["refunds"]] == ["confirmed"] * len(dry["refunds"])
    assert sent["payment_status"] == dry["payment_status_after"]
    assert sent["refundable"] == dry["refundable_after"]
    assert {entry["kind"] for entry in sent["payments"]} == {"received", "refund"}
    assert "refund.issued" in {row["action"] for row in sent["history"]}
    for printed in (stocked_bmtui.ok("orders", "show", number), stocked_bmtui.ok("audit", "list", "--order", number)):
        assert "Refund issued" in printed.out
        assert "refund.issued" not in printed.out


def test_a_refund_without_wait_goes_out_with_the_worker(stocked_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    order = stocked_bmtui.ok("orders", "search", "channel:shipped payment:charged", "--json").json[0]
    number = str(order["order_id"])
    queued = stocked_bmtui.ok("orders", "refund", number, "--yes", "--json").json
    assert {refund["state"] for refund in queued["refunds"]} == {"queued"}
    assert len(stocked_bmtui.ok("outbox", "list", "--json").json) == len(queued["refunds"])
    stocked_bmtui.ok("worker", "--once")
    done = stocked_bmtui.ok("orders", "show", number, "--json").json
    assert {refund["state"] for refund in done["refunds"]} == {"confirmed"}
    assert stocked_bmtui.ok("outbox", "list", "--json").json == []


def test_cancelling_a_refund_job_withdraws_it(stocked_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    order = stocked_bmtui.ok("orders", "search", "channel:shipped payment:charged", "--json").json[0]
    number = str(order["order_id"])
    job = stocked_bmtui.ok("orders", "refund", number, "--yes", "--json").json["refunds"][0]["job_id"]
    assert stocked_bmtui.ok("jobs", "cancel", str(job), "--json").json["status"] == "cancelled"
    stocked_bmtui.ok("worker", "--once")
    after = stocked_bmtui.ok("orders", "show", number, "--json").json
    assert {refund["state"] for refund in after["refunds"]} == {"withdrawn"}
    assert after["refundable"] == order["refundable"]
    assert marketplace.marketplace.effects == []


def test_an_unknown_partial_refund_exits_7_and_a_person_settles_it(
    stocked_bmtui: CommandLine, marketplace: SandboxServer
) -> None:
    order = stocked_bmtui.ok("orders", "search", "channel:shipped payment:charged", "--json").json[0]
    number = str(order["order_id"])
    line = stocked_bmtui.ok("orders", "show", number, "--json").json["lines"][0]["line_id"]
    marketplace.faults.rules = [Rule("drop-after", path="/ws/sav/refund", count=1)]
    ran = stocked_bmtui("orders", "refund", number, "--line", f"{line}=1", "--yes", "--wait")
    assert ran.code == 7
    assert "outbox settle" in ran.err
    assert len(marketplace.marketplace.effects) == 1
    (open_one,) = stocked_bmtui.ok("outbox", "list", "--json").json
    assert open_one["state"] == "needs_person"
    stocked_bmtui.ok("outbox", "settle", str(open_one["effect_id"]), "--happened", "--yes", "--json")
    after = stocked_bmtui.ok("orders", "show", number, "--json").json
    assert [refund["state"] for refund in after["refunds"]] == ["confirmed"]
    stocked_bmtui.ok("worker", "--once")
    assert len(marketplace.marketplace.effects) == 1


def test_internal_cancellation_sends_nothing_to_the_channel(
    stocked_bmtui: CommandLine, marketplace: SandboxServer
) -> None:
    order = stocked_bmtui.ok("orders", "search", "channel:toship", "--json").json[0]
    number = str(order["order_id"])
    assert stocked_bmtui("orders", "cancel", number, "--status", "on_hold").code == 3, "On Hold needs a note"
    dry = stocked_bmtui.ok("orders", "cancel", number, "--status", "on_hold", "--note", "no stock", "--dry-run")
    assert "Nothing was changed" in dry.out
    done = stocked_bmtui.ok("orders", "cancel", number, "--status", "on_hold", "--note", "no stock", "--json").json
    assert done["status"] == "on_hold"
    assert [note["text"] for note in done["notes"]] == ["no stock"]
    assert done["channel_status"] == order["channel_status"]
    assert marketplace.marketplace.effects == []
    # A later download leaves the operator's decision alone.
    stocked_bmtui.ok("orders", "download", "--since", "2000-01-01", "--wait")
    assert stocked_bmtui.ok("orders", "show", number, "--json").json["status"] == "on_hold"


def test_job_commands_print_json_and_logs_and_retry(shop_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    marketplace.faults.rules = [Rule("error-500", path="/ws/")]
    assert shop_bmtui("orders", "download", "--since", "2000-01-01", "--wait").code == 5
    (job,) = shop_bmtui.ok("jobs", "list", "--status", "failed", "--json").json
    checked = shop_bmtui("jobs", "check", "--json")
    assert (checked.code, [one["job_id"] for one in checked.json]) == (1, [job["job_id"]])
    assert set(job) >= JOB_FIELDS
    assert any(row["is_error"] for row in shop_bmtui.ok("jobs", "logs", str(job["job_id"]), "--json").json)
    marketplace.faults.rules = []
    shop_bmtui.ok("jobs", "retry", str(job["job_id"]), "--json")
    assert shop_bmtui.ok("jobs", "check", "--json").json == []
    shop_bmtui.ok("worker", "--once")
    done = shop_bmtui.ok("jobs", "show", str(job["job_id"]), "--json").json
    assert done["status"] == "completed"
    assert len(done["orders"]) == len(shop_bmtui.ok("orders", "search", "--json").json) > 0
    assert shop_bmtui("jobs", "retry", str(job["job_id"])).code == 3


def test_firewall_block_is_reported_with_its_cf_ray_and_holds_all_calls(
    shop_bmtui: CommandLine, marketplace: SandboxServer
) -> None:
    marketplace.faults.rules = [Rule("waf", path="/ws/", count=1)]
    ran = shop_bmtui("orders", "download", "--since", "2000-01-01", "--wait")
    assert ran.code == 5
    assert "cf-ray" in ran.err
    (job,) = shop_bmtui.ok("jobs", "list", "--json").json
    assert (job["status"], job["attempts"]) == ("submitted", 1)
    assert job["held_until"] > job["submitted_at"]
    # Nobody calls the firewall again before that.
    assert shop_bmtui("company", "test").code == 5
    assert "No request is sent to" in shop_bmtui("company", "test").err


def test_read_only_changes_nothing(stocked_bmtui: CommandLine) -> None:
    order = stocked_bmtui.ok("orders", "search", "channel:toship", "--json").json[0]
    number = str(order["order_id"])
    for words in (
        ("orders", "cancel", number, "--status", "cancelled", "--yes"),
        ("orders", "refund", number, "--yes"),
        ("orders", "note", number, "hello"),
        ("orders", "download", "--since", "2000-01-01"),
        ("company", "set", "Shop", "enabled=false"),
        ("worker", "--once"),
    ):
        assert stocked_bmtui("--read-only", *words).code == 3, words
        assert stocked_bmtui(*words, "--read-only").code == 3, words
    assert stocked_bmtui("--read-only", "orders", "show", number).code == 0


def test_a_read_only_desk_shows_what_would_be_done(stocked_bmtui: CommandLine, tmp_path: Path) -> None:
    def one(query: str) -> str:
        rows = stocked_bmtui.ok("orders", "search", query, "--json").json
        return str(next(row["order_id"] for row in rows if row["customer"]["email"]))

    ready, new, shipped = one("channel:toship"), one("channel:toaccept"), one("channel:shipped payment:charged")
    mail = stocked_bmtui.ok("orders", "show", shipped, "--json").json["customer"]["email"]
    rma = str(stocked_bmtui.ok("returns", "create", shipped, "--reason", "Defective", "--json").json["rma_id"])
    backup, file = tmp_path / "backup", tmp_path / "parcels.csv"
    stocked_bmtui.ok("backup", str(backup))
    file.write_text(f"order,tracking,carrier\n{ready},1Z999AA10123456784,UPS\n")
    before = stocked_bmtui.ok("audit", "verify", "--json").json
    for words in (
        ("orders", "cancel", ready, "--status", "cancelled"),
        ("orders", "cancel-many", ready, "--status", "cancelled"),
        ("orders", "cancel-on-channel", new),
        ("orders", "status", ready, "on_hold", "--note", "x"),
        ("orders", "refund", shipped),
        ("orders", "refund-many", shipped),
        ("orders", "accept", new),
        ("returns", "refund", rma),
        ("privacy", "erase", mail),
        ("restore", str(backup)),
        ("orders", "ship", ready, "--tracking", "1Z999AA10123456784", "--carrier", "UPS"),
        ("orders", "import-shipments", str(file)),
    ):
        ran = stocked_bmtui("--read-only", *words, "--dry-run", "--json")
        assert ran.code == 0, (words, ran)
        assert stocked_bmtui("--read-only", *words, "--yes").code == 3, words
    assert stocked_bmtui.ok("audit", "verify", "--json").json == before


def test_the_token_is_stored_privately_and_shown_nowhere(bmtui: CommandLine, marketplace: SandboxServer) -> None:
    bmtui.add_company(marketplace.url, marketplace.token)
    bmtui.ok("orders", "download", "--since", "2000-01-01", "--wait")
    shown = bmtui.ok("company", "show", "--json").out + bmtui.ok("company", "list").out
    assert marketplace.token not in shown
    holders = [
        path for path in bmtui.home.rglob("*") if path.is_file() and marketplace.token.encode() in path.read_bytes()
    ]
    (holder,) = holders
    assert holder.parent.name == "credentials"
    assert holder.stat().st_mode & 0o777 == 0o600
    private = [path for path in bmtui.home.rglob("*") if path.stat().st_mode & 0o077]
    assert private == []


def test_token_from_the_environment_is_used(bmtui: CommandLine, marketplace: SandboxServer) -> None:
    bmtui.ok(
        *("company", "add", "Shop", "--platform", "eu", "--url", marketplace.url, "--token-env", "SHOP_TOKEN"),
        *("--contact", "orders@shop.example"),
    )
    missing = bmtui("company", "test")
    assert missing.code == 2
    assert "SHOP_TOKEN" in missing.err
    assert bmtui("company", "test", SHOP_TOKEN=marketplace.token).code == 0


def test_sandbox_command_prints_its_address_first_and_ends_at_signals(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "sandbox", "--orders", "30", "--seed", "5"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=CommandLine(tmp_path / "home").environment(),
    )
    with process:
        assert process.stdout is not None
        url, token = process.stdout.readline().split()
        line = CommandLine(tmp_path / "other")
        line.add_company(url, token)
        line.ok("orders", "download", "--since", "2000-01-01", "--wait")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate()
    assert (process.returncode, out, err) == (0, "", "")
    for words in (
        ("--orders", "-1"),
        ("--quirk", "nonsense=1"),
        ("--quirk", "offsets"),
        ("--fault", "nonsense"),
        ("--fault", "waf:2"),
    ):
        assert line("sandbox", *words).code == 2, words


def test_a_terminal_is_asked_before_anything_is_sent(stocked_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    order = stocked_bmtui.ok("orders", "search", "channel:shipped payment:charged", "--json").json[0]

    def answer(text: str) -> int:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [*COMMAND, "orders", "refund", str(order["order_id"]), "--wait"],
            stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, env=stocked_bmtui.environment(),
        )  # fmt: skip
        os.close(theirs)
        asked = b""
        while b"[y/N]" not in asked:
            asked += os.read(ours, 4096)
        os.write(ours, text.encode())
        with process:
            process.communicate()
        os.close(ours)
        return process.returncode

    assert answer("\n") == 3
    assert answer("n\n") == 3
    assert marketplace.marketplace.effects == []
    assert answer("y\n") == 0
    assert marketplace.marketplace.effects


def test_headless_demo_downloads_ships_and_refunds(tmp_path: Path) -> None:
    line = CommandLine(tmp_path / "untouched")
    kept = tmp_path / "kept"
    ran = line("demo", "--headless", "--keep", str(kept), "--orders", "80")
    assert ran.code == 0
    for step in ("Download", "Search", "Cancel Order Internally", "Refund on Back Market", "Invoice", "whole demo"):
        assert step in ran.err, ran.err
    assert not (line.home / "bmtui.sqlite").exists()
    # What it left is a real installation.
    orders = CommandLine(kept).ok("orders", "search", "has:refund", "--json").json
    assert orders
    # Opened again it goes on: the marketplace has all that was done to it.
    done = len(json.loads(CommandLine(kept).ok("outbox", "list", "--all", "--json").out))
    again = line("demo", "--headless", "--keep", str(kept))
    assert again.code == 0, again.err
    assert f"applied {done:,} writes" in again.err
    assert "0 were created" in again.err
    found = CommandLine(kept).ok("orders", "search", "has:refund", "--json").json
    assert {order["order_id"]: order["refunded"] for order in found} == {
        order["order_id"]: order["refunded"] for order in orders
    }
    # Another installation is left alone.
    (kept / "marketplace.kept").unlink()
    assert line("demo", "--headless", "--keep", str(kept)).code == 2


def test_the_headless_demo_needs_no_extra(tmp_path: Path) -> None:
    # As in the default install: what only an extra brings cannot be imported.
    extras = ("psycopg", "docxtpl", "facturx", "pylopdf_fonts_jp", "uharfbuzz")
    hidden = f"import sys\nsys.modules.update(dict.fromkeys({extras}))\n"
    (tmp_path / "sitecustomize.py").write_text(hidden)
    ran = CommandLine(tmp_path / "home")("demo", "--headless", "--orders", "100", PYTHONPATH=str(tmp_path))
    assert ran.code == 0, ran.err
    # The newest order of that marketplace is Japanese.
    assert "is left alone" in ran.err


def test_help_names_every_command_and_fault(bmtui: CommandLine) -> None:
    top = bmtui.ok("--help").out
    for name in ("demo", "sandbox", "worker", "company", "orders", "jobs", "outbox"):
        assert name in top
    sandbox = bmtui.ok("sandbox", "--help").out
    for name in ("drop-after", "truncated", "partial-refund", "addresses"):
        assert name in sandbox
    assert json.loads(bmtui.ok("jobs", "list", "--json").out) == []


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_headless_demo_works_with_other_seeds(tmp_path: Path, seed: int) -> None:
    assert CommandLine(tmp_path / "home")("demo", "--headless", "--seed", str(seed), "--orders", "60").code == 0
