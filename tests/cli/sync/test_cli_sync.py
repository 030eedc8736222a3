"""`orders sync`, `orders download --dry-run`, `jobs show` of held or unreadable orders, and `doctor`."""

from __future__ import annotations

from contextlib import closing

import pytest
from command_line import CommandLine

from bmtui.queue import limits
from bmtui.sandbox.server import SandboxServer
from bmtui.store import open_store


def hold(bmtui: CommandLine, server: SandboxServer, reason: str) -> None:
    with closing(open_store(f"sqlite:///{next(bmtui.home.rglob('bmtui.sqlite'))}")) as store:
        limits.hold(store, server.url, 3600, reason)


def spoil(server: SandboxServer) -> int:
    """Make one order unreadable; returns its number."""
    order_id = next(order["order_id"] for order in server.marketplace.all_orders() if order["state"] == 9)
    server.marketplace.state.orders[order_id].payload["price"] = "not a price"
    return int(order_id)


def test_sync_brings_everything_then_what_changed(shop_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    shop_bmtui.ok("company", "set", "Shop", "look_back_days=400", "download_interval_min=30")
    first = shop_bmtui.ok("orders", "sync", "--wait", "--json").json
    assert first["status"] == "completed"
    assert first["created"] == first["fetched"] > 100
    fresh = marketplace.marketplace.add_orders(2)
    second = shop_bmtui.ok("orders", "sync", "--wait", "--json").json
    assert second["created"] == 2
    assert second["fetched"] < first["fetched"]
    for number in fresh:
        shop_bmtui.ok("orders", "show", str(number))
    swept = shop_bmtui.ok("orders", "sync", "--sweep", "--wait", "--json").json
    assert swept["unchanged"] == swept["fetched"] == first["fetched"] + 2
    queued = shop_bmtui.ok("orders", "sync", "--json").json
    assert queued["status"] == "submitted"
    assert shop_bmtui.ok("orders", "sync", "--json").json == queued
    assert shop_bmtui("--read-only", "orders", "sync").code == 3


def test_orders_are_fetched_and_read_again_by_number(shop_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    one, two = [order["order_id"] for order in marketplace.marketplace.all_orders() if order["state"] == 9][:2]
    dry = shop_bmtui.ok("orders", "download", "--order", str(one), "--dry-run", "--json").json
    assert dry == {"company": "Shop", "requests": [f"GET {marketplace.url}/ws/orders/{one}"]}
    found = shop_bmtui.ok("orders", "download", "--order", str(one), str(two), "--wait", "--json").json
    assert (found["created"], found["fetched"], found["status"]) == (2, 2, "completed")
    marketplace.marketplace.state.orders[one].payload["tracking_number"] = "NEW-1"
    assert shop_bmtui.ok("orders", "refresh", str(one), "--wait", "--json").json["updated"] == 1
    assert "NEW-1" in shop_bmtui.ok("orders", "show", str(one)).out
    unknown = shop_bmtui("orders", "download", "--order", "4711", "--wait")
    assert (unknown.code, "does not give order 4711" in unknown.err) == (4, True)
    assert shop_bmtui("orders", "refresh", "4711").code == 4
    assert shop_bmtui("orders", "download", "--wait").code == 2
    assert shop_bmtui("orders", "download", "--since", "7d", "--order", "1").code == 2


def test_a_dry_run_counts_and_stores_nothing(shop_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    words = ("orders", "download", "--since", "2000-01-01", "--dry-run")
    found = shop_bmtui.ok(*words, "--json").json
    assert found["new"] > 100
    assert (found["changed"], found["unchanged"], found["unreadable"]) == (0, 0, 0)
    assert found["request"].startswith(f"GET {marketplace.url}/ws/orders?")
    assert shop_bmtui.ok("jobs", "list", "--json").json == []
    assert shop_bmtui.ok("orders", "search", "--json").json == []
    spoil(marketplace)
    ran = shop_bmtui.ok("--read-only", *words)
    assert "1 unreadable" in ran.out
    assert "Nothing was stored" in ran.out
    hold(shop_bmtui, marketplace, "Too fast.")
    held = shop_bmtui(*words)
    assert held.code == 5
    assert "slow down" in held.err


def test_order_that_cannot_be_read_is_named_and_can_be_retried(
    shop_bmtui: CommandLine, marketplace: SandboxServer
) -> None:
    strange = spoil(marketplace)
    assert shop_bmtui("orders", "download", "--since", "2000-01-01", "--wait").code == 6
    creation, download = shop_bmtui.ok("jobs", "list", "--json").json
    for job in (download, creation):
        shown = shop_bmtui.ok("jobs", "show", str(job["job_id"]), "--json").json
        (row,) = shown["quarantine"]
        assert row["order_id"] == strange
        assert "not a price" in str(row["payload"])
        assert f"Unreadable {strange}" in shop_bmtui.ok("jobs", "show", str(job["job_id"])).out
    doctor = shop_bmtui("doctor", "--json")
    assert doctor.code == 1
    (bad,) = [one for one in doctor.json["findings"] if one["topic"] == "quarantine"]
    assert (doctor.json["ok"], bad["ok"]) == (False, False)
    assert str(strange) in bad["message"]
    shop_bmtui.ok("jobs", "retry", str(creation["job_id"]))
    shop_bmtui.ok("worker", "--once")
    again = shop_bmtui.ok("jobs", "show", str(creation["job_id"]), "--json").json
    assert (again["status"], again["failed"]) == ("partial_success", 1)


def test_the_doctors_exit_code_follows_its_findings(shop_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    well = shop_bmtui("doctor", "--json")
    assert {one["topic"] for one in well.json["findings"] if not one["ok"]} <= {"sqlite"}
    assert well.code == (0 if well.json["ok"] else 1)
    hold(shop_bmtui, marketplace, "Blocked (cf-ray 8f01).")
    held = shop_bmtui("doctor")
    assert held.code == 1
    assert "BAD  limits" in held.out
    assert "cf-ray 8f01" in held.out


@pytest.mark.parametrize("words", [("orders", "download", "--since", "2000-01-01"), ("orders", "sync")])
def test_command_during_a_hold_says_so_instead_of_waiting(
    shop_bmtui: CommandLine, marketplace: SandboxServer, words: tuple[str, ...]
) -> None:
    hold(shop_bmtui, marketplace, "Blocked (cf-ray 8f01).")
    ran = shop_bmtui(*words, "--wait")
    assert ran.code != 0
    assert "slow down" in ran.err
    (job,) = shop_bmtui.ok("jobs", "list", "--json").json
    assert job["status"] == "submitted"
    shown = shop_bmtui.ok("jobs", "show", str(job["job_id"]))
    assert "Held " in shown.out
    assert "cf-ray 8f01" in shown.out
