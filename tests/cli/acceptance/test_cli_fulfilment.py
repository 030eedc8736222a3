"""`orders accept`, `orders due` and `acceptance`, as a script uses them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from command_line import CommandLine

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.orders import search
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Order


def to_accept(marketplace: SandboxServer, count: int) -> list[int]:
    found = [
        order["order_id"]
        for order in marketplace.marketplace.all_orders()
        if [line["state"] for line in order["orderlines"]] == [1]
    ]
    return found[:count]


def test_accept_command_with_wait_prints_the_accepted_order(
    stocked_bmtui: CommandLine, marketplace: SandboxServer
) -> None:
    (order_id,) = to_accept(marketplace, 1)
    dry = stocked_bmtui.ok("orders", "accept", str(order_id), "--dry-run", "--json").json
    assert [request["body"]["new_state"] for request in dry["requests"]] == [2]
    assert marketplace.marketplace.effects == []
    refused = stocked_bmtui("orders", "accept", str(order_id))
    assert (refused.code, "Add --yes" in refused.err) == (2, True)
    order = stocked_bmtui.ok("orders", "accept", str(order_id), "--yes", "--wait", "--json").json
    assert (order["channel_status"], order["result"], order["error"]) == ("to_ship", "accepted", "")
    again = stocked_bmtui("orders", "accept", str(order_id), "--yes", "--wait", "--json")
    assert (again.code, again.out) == (3, "")


def test_accept_many_prints_a_result_for_each_order(stocked_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    good, cancelled, other = to_accept(marketplace, 3)
    marketplace.marketplace.cancel_by_buyer(cancelled)
    ran = stocked_bmtui(
        *("orders", "accept", str(good), str(cancelled), "99", str(other), "--yes", "--wait", "--json"),
    )
    assert ran.code == 6
    assert [(row["order_id"], row["result"]) for row in ran.json] == [
        (good, "accepted"),
        (cancelled, "failed"),
        (99, "refused"),
        (other, "accepted"),
    ]
    assert "Cancelled" in ran.json[1]["error"]
    kinds = [(effect["kind"], effect["order_id"]) for effect in marketplace.marketplace.effects]
    assert sorted(kinds) == sorted([("accept", good), ("accept", other)])


def test_sending_command_of_a_company_that_sends_nothing_says_so_first(
    stocked_bmtui: CommandLine, marketplace: SandboxServer
) -> None:
    (order_id,) = to_accept(marketplace, 1)
    stocked_bmtui.ok("company", "set", "Shop", "enabled=false")
    for words in (("accept", str(order_id)), ("cancel-on-channel", str(order_id))):
        for more in ((), ("--dry-run",)):
            ran = stocked_bmtui("orders", *words, *more)
            assert (ran.code, "is not enabled for Shop" in ran.err, "--yes" in ran.err) == (3, True, False)


def test_due_and_doctor_exit_codes_report_late_orders(stocked_bmtui: CommandLine) -> None:
    # Whatever day of the week it is, one is late.
    desk = open_desk(settings.load(str(stocked_bmtui.home), environ={}))
    waits = search.page(desk, "channel:to_ship status:in_process shipping:unshipped", limit=1).rows[0]
    Order.update(ship_by=desk.now() - timedelta(hours=2)).where(Order.order_id == waits.order_id).execute()
    desk.store.close()
    ran = stocked_bmtui("orders", "due", "--json")
    assert ran.code == 1
    times = [row["ship_by"] for row in ran.json]
    assert times == sorted(times)
    assert {row["channel_status"] for row in ran.json} <= {"to_accept", "to_ship", "partly_shipped"}
    assert " late" in ran.err
    found = stocked_bmtui.ok("orders", "search", "shipby:overdue", "--json").json
    late = stocked_bmtui("orders", "due", "--only", "overdue", "--json").json
    assert {row["order_id"] for row in late} == {row["order_id"] for row in found}
    doctor = stocked_bmtui("doctor", "--json")
    assert doctor.code == 1
    assert [one["ok"] for one in doctor.json["findings"] if one["topic"] == "shipping"] == [False]


def test_a_rule_is_tried_and_skus_are_flagged(stocked_bmtui: CommandLine) -> None:
    assert stocked_bmtui("acceptance", "test").code == 2
    found = stocked_bmtui.ok("acceptance", "test", "value:>0", "--json").json
    assert found["accepted"] == found["total"] > found["waiting"] > 0
    assert stocked_bmtui("acceptance", "stock", "SKU-1").code == 2
    flags = stocked_bmtui.ok("acceptance", "stock", "SKU-1", "SKU-2", "--out", "--json").json
    assert flags == [{"sku": "SKU-1", "in_stock": False}, {"sku": "SKU-2", "in_stock": False}]
    assert stocked_bmtui.ok("acceptance", "test", "stock:in", "--json").json["accepted"] == 0


IMEI = "356938035643809"


def to_ship(marketplace: SandboxServer) -> tuple[str, str]:
    """Return the numbers of an accepted order of one phone and of its line."""
    for order in marketplace.marketplace.all_orders():
        lines = order["orderlines"]
        phone = lines[0]["listing"].startswith("PHN") and lines[0]["quantity"] == 1
        if [line["state"] for line in lines] == [2] and phone and not order["is_backship"]:
            return str(order["order_id"]), str(lines[0]["id"])
    raise AssertionError("the marketplace has no such order")


def test_ship_sends_tracking_and_then_the_identifier(stocked_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    order_id, line_id = to_ship(marketplace)
    words = ("orders", "ship", order_id, "--tracking", "1Z999AA1 0123456784", "--carrier", "UPS")
    wrong = stocked_bmtui(*words, "--identifier", f"{line_id}={IMEI[:-1]}0", "--yes")
    assert (wrong.code, "check digit" in wrong.err, marketplace.marketplace.effects) == (3, True, [])
    dry = stocked_bmtui.ok(*words, "--identifier", f"{line_id}={IMEI}", "--dry-run", "--json").json
    assert [request["method"] for request in dry["requests"]] == ["POST", "PATCH"]
    assert marketplace.marketplace.effects == []
    order = stocked_bmtui.ok(*words, "--identifier", f"{line_id}={IMEI}", "--yes", "--wait", "--json").json
    assert (order["shipping_status"], order["channel_status"], order["channel_notified"]) == (
        *("fully_shipped", "shipped", True),
    )
    assert (order["lines"][0]["imei"], order["shipments"][0]["state"]) == (IMEI, "confirmed")
    assert [effect["kind"] for effect in marketplace.marketplace.effects] == ["ship", "identifiers"]
    assert stocked_bmtui(*words, "--yes").code == 3
    assert (
        stocked_bmtui("orders", "identify", order_id, "--identifier", f"{line_id}=490154203237518", "--yes").code == 3
    )
    assert stocked_bmtui("orders", "identify", order_id, "--identifier", "soon", "--yes").code == 2


@pytest.mark.parametrize(
    ("tracking", "identifier", "code"),
    [
        ("6.12346E+11", IMEI, 2),
        ("1Z999AA10123456784", "3.51E+14", 2),
        ("1Z999AA10123456784", "#N/A", 2),
        ("https://ups.example/1Z999AA10123456784", IMEI, 2),
        ("1Z999AA10123456784", f"serial:{IMEI[:-1]}0", 3),
        (IMEI, IMEI, 3),
        (f"{IMEI[:-1]}0", IMEI, 3),
        ("1Z999AA10123456784", "4006381333931", 3),
        ("1Z999AA10123456785", IMEI, 3),
        ("1Z999AA10123456784", f"IMEI1: {IMEI}", 3),
    ],
)
def test_value_that_is_not_what_it_claims_to_be_is_not_sent(
    stocked_bmtui: CommandLine, marketplace: SandboxServer, tracking: str, identifier: str, code: int
) -> None:
    order_id, line_id = to_ship(marketplace)
    words = ("orders", "ship", order_id, "--carrier", "UPS", "--yes", "--tracking", tracking)
    ran = stocked_bmtui(*words, "--identifier", f"{line_id}={identifier}")
    assert (ran.code, marketplace.marketplace.effects) == (code, [])
    assert stocked_bmtui.ok("shipments", "list", "--all", "--json").json == []


def test_file_with_a_row_in_doubt_waits_for_its_acceptance(
    stocked_bmtui: CommandLine, marketplace: SandboxServer, tmp_path: Path
) -> None:
    order_id, _ = to_ship(marketplace)
    file = tmp_path / "parcels.csv"
    file.write_text(f"sep=;\nOrder ID;Tracking;Carrier;IMEI\n{order_id}.0;ABC1;UPS;{IMEI}\n", encoding="utf-16")
    doubted = stocked_bmtui("orders", "import-shipments", str(file), "--yes")
    assert (doubted.code, "Row 2: ABC1 does not look like" in doubted.err) == (3, True)
    assert stocked_bmtui.ok("shipments", "list", "--all", "--json").json == []
    stocked_bmtui.ok("orders", "import-shipments", str(file), "--yes", "--accept-doubt")
    assert len(stocked_bmtui.ok("shipments", "list", "--all", "--json").json) == 1


def test_waiting_shipment_is_listed_and_dismissed(stocked_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    order_id, line_id = to_ship(marketplace)
    stocked_bmtui.ok("company", "set", "Shop", "allow_fulfillment_upload=false")
    words = ("orders", "ship", order_id, "--tracking", "ABC 1", "--carrier", "UPS", "--yes", "--json")
    doubted = stocked_bmtui(*words, "--identifier", f"{line_id}={IMEI}")
    assert (doubted.code, "add --accept-doubt" in doubted.err) == (3, True)
    assert stocked_bmtui.ok("shipments", "list", "--json").json == []
    ran = stocked_bmtui.ok(*words, "--identifier", f"{line_id}={IMEI}", "--accept-doubt")
    assert "does not look like a tracking number of UPS" in ran.err
    assert "Allow Fulfillment Upload is off" in ran.err
    (waiting,) = stocked_bmtui.ok("shipments", "list", "--json").json
    assert (waiting["state"], waiting["tracking_number"]) == ("queued", "ABC1")
    assert "Allow Fulfillment Upload is off" in waiting["waits"]
    stocked_bmtui.ok("worker", "--once")
    assert marketplace.marketplace.effects == []
    shipment = str(waiting["shipment_id"])
    assert stocked_bmtui("shipments", "dismiss", shipment).code == 3
    assert stocked_bmtui("shipments", "retry", "99").code == 4
    stocked_bmtui.ok("company", "set", "Shop", "allow_fulfillment_upload=true")
    stocked_bmtui.ok("worker", "--once")
    assert [effect["kind"] for effect in marketplace.marketplace.effects] == ["ship", "identifiers"]
    assert stocked_bmtui.ok("shipments", "list", "--json").json == []
    assert len(stocked_bmtui.ok("shipments", "list", "--all", "--json").json) == 1


def test_shipments_file_is_previewed_shipped_and_gets_a_result_file(
    stocked_bmtui: CommandLine, marketplace: SandboxServer, tmp_path: Path
) -> None:
    order_id, line_id = to_ship(marketplace)
    file, result = tmp_path / "parcels.csv", tmp_path / "result.csv"
    file.write_text(
        f"order,tracking,carrier,identifiers\n{order_id},1Z999AA10123456784,UPS,{line_id}={IMEI}\n99,1Z0,UPS,\n"
    )
    dry = stocked_bmtui("orders", "import-shipments", str(file), "--dry-run", "--json")
    assert (dry.code, [row["result"] for row in dry.json]) == (6, ["good", "wrong"])
    assert marketplace.marketplace.effects == []
    refused = stocked_bmtui("orders", "import-shipments", str(file))
    assert (refused.code, marketplace.marketplace.effects) == (2, [])
    # A result file that cannot be made is told before anything is sent.
    taken = stocked_bmtui("orders", "import-shipments", str(file), "--yes", "--wait", "--result", str(file))
    assert (taken.code, "nothing was sent" in taken.err, marketplace.marketplace.effects) == (2, True, [])
    ran = stocked_bmtui(
        *("orders", "import-shipments", str(file), "--yes", "--wait", "--result", str(result), "--json"),
    )
    assert (ran.code, [row["result"] for row in ran.json]) == (6, ["confirmed", "refused"])
    assert [effect["kind"] for effect in marketplace.marketplace.effects] == ["ship", "identifiers"]
    assert ",confirmed,," in result.read_text().splitlines()[1]
    assert result.read_text().splitlines()[2].startswith("3,99,1Z0,UPS,,refused,order: There is no order 99")
    assert stocked_bmtui("orders", "import-shipments", str(tmp_path / "none.csv"), "--yes").code == 2


def test_packing_documents_are_saved_by_command(
    stocked_bmtui: CommandLine, marketplace: SandboxServer, tmp_path: Path
) -> None:
    order_id, _ = to_ship(marketplace)
    for name, words in (
        ("note.pdf", ("orders", "delivery-note", order_id)),
        ("slip.pdf", ("orders", "packing-slip", order_id)),
        ("picks.pdf", ("orders", "pick-list", order_id)),
        ("commands.pdf", ("scan-commands",)),
    ):
        saved = stocked_bmtui.ok(*words, "--output", str(tmp_path / name), "--json").json
        assert (tmp_path / name).read_bytes().startswith(b"%PDF-")
        assert saved["bytes"] == (tmp_path / name).stat().st_size
    assert stocked_bmtui("orders", "packing-slip", order_id).code == 2
    assert stocked_bmtui("orders", "label", order_id, "--output", str(tmp_path / "label.pdf")).code == 3


def test_policy_of_identifiers_is_listed_set_and_tried(stocked_bmtui: CommandLine) -> None:
    rows = stocked_bmtui.ok("identifiers", "list", "--json").json
    assert [(row["pattern"], row["need"]) for row in rows][-1] == ("", "default")
    assert stocked_bmtui("identifiers", "set").code == 2
    assert stocked_bmtui("identifiers", "set", "PHN*=maybe").code == 2
    assert stocked_bmtui("identifiers", "set", "--remove", "NONE*").code == 4
    dry = stocked_bmtui.ok("identifiers", "set", "ACC*=none", "--dry-run", "--json").json
    assert ("ACC*", "none") in [(row["pattern"], row["need"]) for row in dry]
    assert stocked_bmtui.ok("identifiers", "list", "--json").json == rows
    stocked_bmtui.ok("identifiers", "set", "ACC*=none", "PHN*=imei")
    shown = stocked_bmtui.ok("company", "show", "Shop", "--json").json
    assert shown["identifier_policy"].endswith("ACC*=none; PHN*=imei")
    found = stocked_bmtui.ok("identifiers", "test", "--json").json
    needs = {one["sku"]: one["need"] for one in found["skus"]}
    assert {need for sku, need in needs.items() if sku.startswith("PHN")} == {"imei"}
    assert "PHN*=imei" in stocked_bmtui.ok("identifiers", "test", "PHN*=imei").out


def test_phone_without_its_imei_is_stopped_by_default(stocked_bmtui: CommandLine, marketplace: SandboxServer) -> None:
    for order in marketplace.marketplace.all_orders():
        lines = order["orderlines"]
        if [line["state"] for line in lines] == [2] and lines[0]["listing"].startswith("PHN"):
            order_id = str(order["order_id"])
            break
    rows = stocked_bmtui.ok("identifiers", "list", "--json").json
    own = [row["pattern"] for row in rows if row["pattern"]]
    if own:
        stocked_bmtui.ok("identifiers", "set", *(word for pattern in own for word in ("--remove", pattern)))
    words = ("orders", "ship", order_id, "--tracking", "1Z999AA10123456784", "--carrier", "UPS", "--yes")
    for more in ((), ("--accept-doubt",), ("--override", "because")):
        ran = stocked_bmtui(*words, *more)
        assert (ran.code, "leaves without its IMEI" in ran.err) == (3, True)
    assert (
        stocked_bmtui.ok(*words, "--override-missing", "a spare part", "--json").json["shipping_status"]
        == "fully_shipped"
    )
