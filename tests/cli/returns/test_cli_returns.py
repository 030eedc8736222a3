"""`bmtui returns`, as a script calls it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine

from bmtui.sandbox.server import SandboxServer


@pytest.fixture
def shipped(stocked_bmtui: CommandLine, marketplace: SandboxServer) -> dict[str, Any]:
    """Return a shipped order of one line with an IMEI, which the desk and the marketplace both have."""
    orders = stocked_bmtui.ok(
        "orders", "search", "channel:shipped payment:charged has:imei currency:EUR", "--json"
    ).json
    for row in orders:
        order = stocked_bmtui.ok("orders", "show", str(row["order_id"]), "--json").json
        if len(order["lines"]) == 1 and order["lines"][0]["imei"] and order["lines"][0]["quantity"] == 1:
            return dict(order)
    raise AssertionError("no such order")


def opened(bmtui: CommandLine, shipped: dict[str, Any]) -> str:
    """Open an RMA of the whole order; return its number."""
    (line,) = shipped["lines"]
    words = ("returns", "create", str(shipped["order_id"]), "--line", f"{line['line_id']}=1:Defective", "--json")
    return str(bmtui.ok(*words).json["rma_id"])


def received(bmtui: CommandLine, shipped: dict[str, Any]) -> str:
    """Open an RMA and receive a device that is not the one that was sold; return its number."""
    rma = opened(bmtui, shipped)
    bmtui.ok("returns", "receive", rma, "--imei", other_imei(shipped))
    return rma


def other_imei(shipped: dict[str, Any]) -> str:
    imeis = ("356938035643809", "490154203237518")
    return next(imei for imei in imeis if imei != shipped["lines"][0]["imei"])


def test_return_is_previewed_and_then_created(stocked_bmtui: CommandLine, shipped: dict[str, Any]) -> None:
    bmtui, order = stocked_bmtui, str(shipped["order_id"])
    dry = bmtui.ok("returns", "create", order, "--reason", "defective", "--dry-run", "--json").json
    assert (dry["items"][0]["return_reason"], bmtui.ok("returns", "list", "--json").json) == (22, [])
    made = bmtui.ok("returns", "show", opened(bmtui, shipped), "--json").json
    assert (made["status"], made["status_code"], made["items"][0]["approval_code"]) == ("open", 0, 0)
    bmtui.ok("returns", "approve", str(made["rma_id"]), "--json")
    assert bmtui.ok("orders", "search", "has:rma", "--json").json[0]["order_id"] == int(order)


def test_receiving_another_device_prints_a_warning(stocked_bmtui: CommandLine, shipped: dict[str, Any]) -> None:
    (line,) = shipped["lines"]
    rma = opened(stocked_bmtui, shipped)
    ran = stocked_bmtui.ok("returns", "receive", rma, "--imei", other_imei(shipped), "--json")
    assert ran.json["differs"] is ran.json["items"][0]["differs"] is True
    assert f"!!! ANOTHER DEVICE CAME BACK ({line['sku']})" in ran.err
    shown = stocked_bmtui.ok("returns", "show", rma)
    assert "ANOTHER DEVICE" in shown.err
    assert line["imei"] in shown.out


def test_a_document_of_a_return_is_written_back_and_over_nothing(
    stocked_bmtui: CommandLine, shipped: dict[str, Any], tmp_path: Path
) -> None:
    bmtui, rma = stocked_bmtui, opened(stocked_bmtui, shipped)
    picture, copy = tmp_path / "box.pdf", tmp_path / "copy.pdf"
    picture.write_bytes(b"%PDF-1.4 box")
    document = str(bmtui.ok("returns", "attach", rma, str(picture), "--json").json["documents"][0]["document_id"])
    bmtui.ok("returns", "document", rma, document, "--out", str(copy), "--json")
    assert copy.read_bytes() == picture.read_bytes()
    assert bmtui("returns", "document", rma, document, "--out", str(copy)).code == 2


def test_the_refund_of_a_return_is_sent_only_with_yes_and_as_it_was_shown(
    stocked_bmtui: CommandLine, shipped: dict[str, Any], marketplace: SandboxServer
) -> None:
    bmtui, rma = stocked_bmtui, received(stocked_bmtui, shipped)
    dry = bmtui.ok("returns", "refund", rma, "--dry-run", "--json").json
    assert dry["alarm"].startswith("ANOTHER DEVICE")
    (request,) = [item["request"] for one in dry["refunds"] for item in one["refunds"]]
    assert marketplace.marketplace.effects == []
    assert bmtui("returns", "refund", rma).code == 2
    done = bmtui.ok("returns", "refund", rma, "--yes", "--wait", "--json").json
    assert [refund["state"] for refund in done["refunds"]] == ["confirmed"]
    assert [effect["body"] for effect in marketplace.marketplace.effects] == [request["body"]]


def test_a_return_from_its_receipt_to_its_end(stocked_bmtui: CommandLine, shipped: dict[str, Any]) -> None:
    bmtui, order = stocked_bmtui, str(shipped["order_id"])
    rma = received(bmtui, shipped)
    bmtui.ok("returns", "note", rma, "wet", "--kind", "return", "--json")
    bmtui.ok("returns", "track", rma, "--tracking", "R1", "--carrier", "DHL", "--json")
    bmtui.ok("returns", "refund", rma, "--yes", "--wait")
    bmtui.ok("returns", "hold", rma, "--note", "ask the supplier", "--json")
    bmtui.ok("returns", "process", rma, "--json")
    bmtui.ok("returns", "cancel", rma, "--yes", "--json")
    closed = bmtui.ok("returns", "close", rma, "--json").json
    price = shipped["lines"][0]["price"]
    assert (closed["status_code"], closed["items"][0]["resolution"], closed["refunded"]) == (3, "refund", price)
    (row,) = bmtui.ok("orders", "show", order, "--json").json["returns"]
    assert (row["rma_id"], row["status"], row["received"]) == (int(rma), "closed", "received")
    assert bmtui.ok("orders", "show", order, "--json").json["status"] == "cancelled"
    assert bmtui.ok("returns", "list", "status:closed", "--csv").out.startswith("rma_id,order_id")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("create",), 2, "Nothing says what comes back"),
        (("create", "1", "--reason", "Other"), 4, "no order 1"),
        (("create", "--folder", "1"), 4, "no after-sales folder 1"),
        (("create", "ORDER", "--reason", "Bored"), 3, "no return reason"),
        (("create", "ORDER", "--line", "x"), 2, "not a line number"),
        (("create", "ORDER", "--line", "1=x"), 2, "not a quantity"),
        (("create", "ORDER", "--line", "1"), 3, "has no line 1"),
        (("show", "9"), 4, "no RMA 9"),
        (("receive", "9"), 4, "no RMA 9"),
        (("receive", "9", "--quantity", "0"), 2, "too low for the quantity"),
        (("receive", "9", "--damaged", "-1"), 2, ""),
        (("resolve", "9", "burn"), 2, "no resolution"),
        (("close", "9"), 4, "no RMA 9"),
        (("list", "status:lost"), 2, "no value of 'status:'"),
        (("list", "--sort", "luck"), 2, "Sorts"),
        (("reasons", "--add", "Mine"), 2, "code is missing"),
        (("reasons", "--add", "Mine", "--code", "7"), 2, "not a return reason code"),
        (("reasons", "--hide", "Nope"), 4, "no return reason"),
        (("import", "/nowhere.csv"), 2, "cannot be read"),
    ],
)
def test_bad_input_prints_a_sentence_and_its_exit_code(
    module_home: CommandLine, words: tuple[str, ...], code: int, says: str
) -> None:
    ran = module_home("returns", *(ORDER_HERE if word == "ORDER" else word for word in words))
    assert ran.code == code, ran
    assert says in ran.err
    assert ran.out == ""


def test_refused_returns_commands_stored_no_rma(module_home: CommandLine) -> None:
    assert module_home.ok("returns", "list", "--json").json == []


ORDER_HERE = "5001"


@pytest.fixture(scope="module")
def module_home(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Home of an installation with one shipped order, for tests of refused values, which change nothing."""
    from helpers import add_company, raw_line, raw_order, take_in

    from bmtui import settings
    from bmtui.desk.bootstrap import open_desk

    home = tmp_path_factory.mktemp("returns") / "home"
    desk = open_desk(settings.load(str(home), environ={}))
    add_company(desk)
    take_in(desk, raw_order(int(ORDER_HERE), [raw_line(77)]))
    desk.store.close()
    return CommandLine(home)


def test_returns_import_is_previewed_and_stores_all_or_nothing(module_home: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "rmas.csv"
    file.write_text(f"order_id,quantity,reason\n{ORDER_HERE},9,Other\n")
    ran = module_home("returns", "import", str(file), "--json", "--yes")
    assert (ran.code, [(error["row"], error["column"]) for error in ran.json["errors"]]) == (3, [(2, "quantity")])
    file.write_text(f"order_id,quantity,reason\n{ORDER_HERE},1,Other\n")
    assert "Nothing was stored." in module_home.ok("returns", "import", str(file), "--dry-run").out
    assert module_home.ok("returns", "list", "--json").json == []
    (rma,) = module_home.ok("returns", "import", str(file), "--yes", "--json").json["rma_ids"]
    assert module_home.ok("returns", "show", str(rma), "--json").json["order_id"] == int(ORDER_HERE)
    reasons = module_home.ok("returns", "reasons", "--add", "Wrong colour", "--code", "24", "--json").json
    assert {"name": "Wrong colour", "code": 24, "own": True, "hidden": False, "code_label": "Non-compliant"} in reasons


def test_return_of_a_folder_whose_order_is_not_here_fetches_it(
    shop_bmtui: CommandLine, marketplace: SandboxServer
) -> None:
    shop_bmtui.ok("company", "set", "Shop", "allow_order_download=false", "look_back_days=3650")
    shop_bmtui.ok("care", "download", "--wait")
    shop_bmtui.ok("company", "set", "Shop", "allow_order_download=true")
    folders = shop_bmtui.ok("care", "list", "state:all", "--json").json
    shipped = {order["order_id"] for order in marketplace.marketplace.all_orders() if order["state"] == 9}
    folder = next(one for one in folders if one["order_id"] in shipped and one["line_id"])
    create = ("returns", "create", "--folder", str(folder["folder_id"]), "--reason", "Defective")
    assert shop_bmtui(*create, "--dry-run").code == 4
    made = shop_bmtui.ok(*create, "--json")
    assert (made.json["order_id"], made.json["folder_id"]) == (folder["order_id"], folder["folder_id"])
    assert f"Order {folder['order_id']} of folder" in made.err
