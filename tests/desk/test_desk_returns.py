"""RMA: what can come back, what arrives, what is decided, and the money inside it (order-desk §5)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from helpers import check_money, dump, of_marketplace, order_of, raw_line, raw_order, take_in, work

from bmtui.desk import (
    orders,
    permissions,
    refunds,
    return_acts,
    return_import,
    return_money,
    return_reasons,
    return_search,
    returns,
    search,
)
from bmtui.desk.context import Desk
from bmtui.desk.refunds import RefundRequest
from bmtui.desk.returns import ReturnRequest, WantedItem
from bmtui.errors import BmtuiError, ConfigError, EditConflict, NotFound, RuleRefused
from bmtui.money import Money
from bmtui.sandbox.server import SandboxServer
from bmtui.words import ReturnApproval, ReturnReceived, ReturnResolution, ReturnStatus

ORDER, PHONE, PAIR, UNSENT = 5001, 1, 2, 3
IMEI, OTHER_IMEI = "351269738843214", "351269738843222"


@pytest.fixture
def shipped(offline: Desk) -> Desk:
    """An order of a phone, a pair of chargers, and a line that was not shipped."""
    lines = [
        raw_line(PHONE, sku="PHN", imei=IMEI),
        raw_line(PAIR, sku="CHG", price="40.01", quantity=2),
        raw_line(UNSENT, state=2, sku="CASE", price="10.00"),
    ]
    take_in(offline, raw_order(ORDER, lines))
    return offline


def make(desk: Desk, *items: WantedItem, reason: str = "Defective", **more: Any) -> int:
    return returns.create(desk, ORDER, ReturnRequest(items, reason, **more)).row.rma_id


# Words


def test_the_words_have_the_codes_of_the_field() -> None:
    assert [(word, word.code) for word in ReturnStatus] == [
        ("open", 0),
        ("on_hold", 1),
        ("processing", 2),
        ("closed", 3),
    ]
    assert [word.code for word in ReturnApproval] == [0, 1, 2]
    assert [word.label for word in ReturnReceived] == ["Not received", "Partially received", "Received"]
    named = ["Not decided", "Refund", "Replace", "Reject", "Exchange", "Repair", "No action needed"]
    assert [(word.label, word.code) for word in ReturnResolution] == [(name, code) for code, name in enumerate(named)]
    assert len(return_reasons.BUILT_IN) == 23


# Creating


def test_an_rma_takes_what_was_shipped_and_nothing_is_sent(shipped: Desk) -> None:
    view = returns.show(shipped, make(shipped, description="No power\x1b[31m."))
    assert [(item.sku, item.quantity, item.reason, item.return_reason) for item in view.items] == [
        ("PHN", 1, "Defective", 22),
        ("CHG", 2, "Defective", 22),
    ]
    assert (view.row.status, view.row.received, view.description) == ("open", "not_received", "No power[31m.")
    assert view.row.resolutions == ("not_decided",)
    assert [row.rma_id for row in orders.show(shipped, ORDER).returns] == [view.row.rma_id]
    assert [row.order_id for row in search.page(shipped, "has:rma").rows] == [ORDER]
    assert any("RMA" in row.summary for row in orders.show(shipped, ORDER).history)


def test_pieces_come_back_once(shipped: Desk) -> None:
    make(shipped, WantedItem(PAIR, 1))
    with pytest.raises(RuleRefused, match=r"2 pieces of line 2 .* cannot come back; 1 can"):
        make(shipped, WantedItem(PAIR, 2))
    second = make(shipped, WantedItem(PAIR))
    assert returns.show(shipped, second).items[0].quantity == 1
    with pytest.raises(RuleRefused, match="is in an RMA already"):
        make(shipped, WantedItem(PAIR))
    return_acts.approve(shipped, second, "rejected")
    third = make(shipped, WantedItem(PAIR, 1))
    with pytest.raises(RuleRefused, match="is in another RMA meanwhile"):
        return_acts.approve(shipped, second, "approved")
    assert returns.show(shipped, third).row.pieces == 1


@pytest.mark.parametrize(
    ("items", "reason", "error", "says"),
    [
        ([WantedItem(UNSENT)], "Other", RuleRefused, "only what was shipped"),
        ([WantedItem(99)], "Other", RuleRefused, r"has no line 99.*1 \(PHN\)"),
        ([WantedItem(PAIR, 0)], "Other", RuleRefused, "0 pieces .*; 2 can"),
        ([WantedItem(PAIR, 3)], "Other", RuleRefused, "from 1 to 2"),
        ([WantedItem(PHONE)], "", RuleRefused, "needs a reason"),
        ([WantedItem(PHONE)], "Bored", RuleRefused, "no return reason .*Damaged"),
        ([WantedItem(PHONE), WantedItem(PHONE)], "Other", ConfigError, "named twice"),
        ([WantedItem(PHONE, 1, "Bored")], "Other", RuleRefused, "no return reason"),
    ],
)
def test_what_cannot_come_back_is_named_and_nothing_is_stored(
    shipped: Desk, items: list[WantedItem], reason: str, error: type[BmtuiError], says: str
) -> None:
    before = dump(shipped)
    with pytest.raises(error, match=says):
        returns.create(shipped, ORDER, ReturnRequest(items, reason))
    assert dump(shipped) == before


def test_an_order_that_changed_meanwhile_gets_no_rma(shipped: Desk) -> None:
    seen = returns.options(shipped, ORDER)
    refunds.issue(shipped, ORDER, RefundRequest(operation="issue_refund", amount=Money(100, "EUR")))
    with pytest.raises(EditConflict):
        returns.create(shipped, ORDER, ReturnRequest(reason="Other"), seen.version)


def test_reasons_are_added_hidden_and_offered_again(shipped: Desk) -> None:
    return_reasons.add(shipped, None, "Wrong colour", 24)
    assert returns.show(shipped, make(shipped, WantedItem(PHONE), reason="wrong  COLOUR")).items[0].return_reason == 24
    return_reasons.hide(shipped, None, "didnt fit")
    with pytest.raises(RuleRefused, match="hides the return reason"):
        make(shipped, WantedItem(PAIR), reason="Didn't Fit")
    return_reasons.hide(shipped, None, "Didn't Fit", hidden=False)
    make(shipped, WantedItem(PAIR), reason="didn't fit")
    with pytest.raises(RuleRefused, match="already"):
        return_reasons.add(shipped, None, "Wrong Colour", 25)
    with pytest.raises(ConfigError, match="22 Failure at first use"):
        return_reasons.add(shipped, None, "New", 26)


# Receiving


def test_what_arrives_in_parts_is_counted_and_the_rma_goes_on(shipped: Desk) -> None:
    rma = make(shipped)
    view = return_acts.receive(shipped, rma, line_id=PAIR, quantity=1, damaged=1)
    assert (view.row.status, view.row.received, view.row.received_pieces) == ("processing", "partially_received", 1)
    view = return_acts.receive(shipped, rma, line_id=PAIR)
    view = return_acts.receive(shipped, rma, line_id=PHONE, imei=f" {IMEI[:2]}-{IMEI[2:]} ")
    assert (view.row.received, view.row.differs) == ("received", False)
    assert [(item.received, item.damaged_quantity) for item in view.items] == [("received", 0), ("received", 1)]


def test_another_device_is_recorded_and_shouted(shipped: Desk) -> None:
    view = return_acts.receive(shipped, make(shipped), line_id=PHONE, imei=OTHER_IMEI)
    (alarm,) = [item.alarm for item in view.items if item.alarm]
    assert alarm.startswith("ANOTHER DEVICE CAME BACK")
    assert IMEI in alarm
    assert OTHER_IMEI in alarm
    assert view.row.differs
    assert any("ANOTHER DEVICE" in row.summary for row in view.history)
    assert [row.rma_id for row in return_search.listing(shipped, "imei:differs")] == [view.row.rma_id]
    assert [row.rma_id for row in return_search.listing(shipped, OTHER_IMEI)] == [view.row.rma_id]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"line_id": PAIR, "quantity": 3}, "3 pieces .* cannot be received; 2 are missing"),
        ({"line_id": PAIR, "quantity": 0}, "from 1 to 2"),
        ({"line_id": PAIR, "quantity": 1, "damaged": 2}, "2 damaged pieces of 1"),
        ({"line_id": PHONE, "imei": "123"}, "not an IMEI: it has 15 digits"),
        ({"line_id": PHONE, "serial": "x" * 51}, "51 characters; 50"),
        ({"line_id": UNSENT}, "has no line 3"),
        ({}, "Say which one arrived"),
    ],
)
def test_what_cannot_have_arrived_is_refused_with_the_right_number(
    shipped: Desk, given: dict[str, Any], says: str
) -> None:
    rma = make(shipped)
    before = dump(shipped)
    with pytest.raises(RuleRefused, match=says):
        return_acts.receive(shipped, rma, **given)
    assert dump(shipped) == before


def test_what_is_received_is_not_received_again(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PHONE))
    return_acts.receive(shipped, rma)
    with pytest.raises(RuleRefused, match="received already"):
        return_acts.receive(shipped, rma)


# Deciding


def test_replacement_and_exchange_are_recorded(shipped: Desk) -> None:
    rma = make(shipped)
    return_acts.resolve(shipped, rma, "replace", line_id=PHONE, tracking="1Z 99")
    with pytest.raises(RuleRefused, match="needs the SKU"):
        return_acts.resolve(shipped, rma, "exchange", line_id=PAIR)
    view = return_acts.resolve(shipped, rma, "Exchange", line_id=PAIR, sku="CHG-2", note="other plug")
    sent = [(item.resolution, item.sent_sku, item.sent_tracking) for item in view.items]
    assert sent == [("replace", "PHN", "1Z99"), ("exchange", "CHG-2", "")]
    with pytest.raises(RuleRefused, match="sends nothing"):
        return_acts.resolve(shipped, rma, "refund", sku="X")
    with pytest.raises(ConfigError, match="no_action_needed"):
        return_acts.resolve(shipped, rma, "burn")


def test_what_is_rejected_is_neither_refunded_nor_replaced(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PHONE))
    return_acts.approve(shipped, rma, "rejected")
    with pytest.raises(RuleRefused, match="Approve it first"):
        return_acts.resolve(shipped, rma, "refund")
    with pytest.raises(RuleRefused, match="rejected"):
        return_money.refund(shipped, rma, RefundRequest())
    assert return_acts.set_status(shipped, rma, "closed").items[0].resolution == "reject"


def test_closing_asks_for_every_resolution_and_a_closed_one_is_left_alone(shipped: Desk) -> None:
    rma = make(shipped)
    return_acts.resolve(shipped, rma, "no_action_needed", line_id=PHONE)
    with pytest.raises(RuleRefused, match=r"cannot be closed: 2 \(CHG\)"):
        return_acts.set_status(shipped, rma, "closed")
    return_acts.resolve(shipped, rma, "repair", line_id=PAIR)
    view = return_acts.set_status(shipped, rma, "closed")
    assert view.row.closed_at is not None
    for act in (
        lambda: return_acts.receive(shipped, rma, line_id=PHONE),
        lambda: return_acts.approve(shipped, rma, "approved"),
        lambda: return_acts.resolve(shipped, rma, "refund"),
        lambda: return_acts.track(shipped, rma, tracking="1"),
        lambda: return_money.refund(shipped, rma, RefundRequest()),
    ):
        with pytest.raises(RuleRefused, match="is closed"):
            act()
    assert return_acts.set_status(shipped, rma, "open").row.closed_at is None


def test_on_hold_says_why(shipped: Desk) -> None:
    rma = make(shipped)
    with pytest.raises(RuleRefused, match="asks for a note"):
        return_acts.set_status(shipped, rma, "on_hold")
    view = return_acts.set_status(shipped, rma, "on_hold", "Waiting for the supplier")
    assert (view.row.status, view.notes[0].kind, view.notes[0].text) == (
        "on_hold",
        "merchant",
        "Waiting for the supplier",
    )
    with pytest.raises(RuleRefused, match="On Hold already"):
        return_acts.set_status(shipped, rma, "on_hold", "again")


def test_who_saw_an_older_state_changes_nothing(shipped: Desk) -> None:
    rma = make(shipped)
    seen = returns.show(shipped, rma).version
    return_acts.receive(shipped, rma, line_id=PHONE)
    with pytest.raises(EditConflict):
        return_acts.receive(shipped, rma, line_id=PAIR, version=seen)
    with pytest.raises(EditConflict):
        return_money.refund(shipped, rma, RefundRequest(), seen)


def test_notes_tracking_and_documents_stay_with_the_rma(shipped: Desk, tmp_path: Path) -> None:
    rma = make(shipped)
    picture = tmp_path / "box of =cmd.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\nbox")
    return_acts.add_note(shipped, rma, "wet box", "return")
    return_acts.track(shipped, rma, tracking="R 12", carrier="DHL", url="https://dhl.example/R12")
    for _ in range(2):
        view = return_acts.attach(shipped, rma, str(picture))
    (document,) = view.documents
    assert (document.media_type, document.size) == ("image/png", picture.stat().st_size)
    assert return_acts.read_document(shipped, rma, document.document_id)[1] == picture.read_bytes()
    assert (view.carrier, view.tracking_number, view.notes[0].kind) == ("DHL", "R12", "return")
    stored = shipped.settings.data / document.file
    assert stored.stat().st_mode & 0o077 == 0
    stored.write_bytes(b"forged")
    with pytest.raises(RuleRefused, match="was changed"):
        return_acts.read_document(shipped, rma, document.document_id)
    stored.unlink()
    with pytest.raises(NotFound, match="is gone"):
        return_acts.read_document(shipped, rma, document.document_id)
    for text, kind, error in (
        ("", "return", RuleRefused),
        ("x" * 4001, "return", RuleRefused),
        ("x", "to", ConfigError),
    ):
        with pytest.raises(error):
            return_acts.add_note(shipped, rma, text, kind)
    big = tmp_path / "big.bin"
    big.write_bytes(bytes(3_000_001))
    with pytest.raises(RuleRefused, match="3 MB"):
        return_acts.attach(shipped, rma, str(big))


# Money


def test_the_refund_of_an_rma_is_what_comes_back_with_the_reason_of_each_line(
    shop: Desk, marketplace: SandboxServer
) -> None:
    raw = of_marketplace(marketplace, 3, 3)
    take_in(shop, raw)
    one, two = (line["id"] for line in raw["orderlines"])
    request = ReturnRequest((WantedItem(one, 1, "Damaged"), WantedItem(two, 1, "Warranty")))
    rma = returns.create(shop, raw["order_id"], request).row.rma_id
    plan = return_money.plan(shop, rma, RefundRequest())
    before = dump(shop)
    assert dump(shop) == before
    _, issued = return_money.refund(shop, rma, RefundRequest(note="returned"))
    work(shop)
    applied = [effect for effect in marketplace.marketplace.effects if effect["order_id"] == raw["order_id"]]
    assert [effect["body"] for effect in applied] == [
        dict(item.write.body) for one_plan in plan.plans for item in one_plan.items if item.write
    ]
    view = returns.show(shop, rma)
    assert [refund.state for refund in view.refunds] == ["confirmed"] * 2
    assert sorted(refund.refund_id for refund in view.refunds) == sorted(i for one in issued for i in one.refund_ids)
    assert view.row.resolutions == ("refund",)
    assert view.row.refunded.minor == sum(item.refunded.minor for item in view.items) > 0
    check_money()


def test_one_of_two_pieces_is_refunded_by_its_share(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PAIR, 1))
    return_money.refund(shipped, rma, RefundRequest(operation="issue_refund"))
    view = returns.show(shipped, rma)
    assert view.row.refunded == Money(2000, "EUR")
    with pytest.raises(RuleRefused, match="more than what is refundable"):
        return_money.refund(shipped, rma, RefundRequest(operation="issue_refund", lines={PAIR: Money(2002, "EUR")}))
    with pytest.raises(RuleRefused, match="has no line 1"):
        return_money.refund(shipped, rma, RefundRequest(operation="issue_refund", lines={PHONE: None}))
    with pytest.raises(ConfigError, match="not the order as a whole"):
        return_money.refund(shipped, rma, RefundRequest(operation="issue_refund", amount=Money(1, "EUR")))
    check_money()


def test_shipping_can_be_refunded_alone(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PHONE))
    return_money.refund(shipped, rma, RefundRequest(operation="issue_refund", shipping=Money(500, "EUR")))
    view = returns.show(shipped, rma)
    assert (view.row.refunded.minor, view.row.resolutions) == (500, ("not_decided",))


def test_a_refund_above_the_limit_waits_for_a_second_person_inside_the_rma_too(shipped: Desk) -> None:
    permissions.set_rights(shipped, str(shipped.uid), role="admin", per_refund={"EUR": "10"})
    rma = make(shipped, WantedItem(PHONE))
    _, (issued,) = return_money.refund(shipped, rma, RefundRequest(operation="issue_refund"))
    assert issued.approval_id is not None
    view = returns.show(shipped, rma)
    assert [refund.state for refund in view.refunds] == ["awaiting_approval"]
    assert view.row.refunded.minor == 10000
    check_money()


def test_a_refund_of_another_device_says_so(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PHONE))
    return_acts.receive(shipped, rma, imei=OTHER_IMEI)
    plan = return_money.plan(shipped, rma, RefundRequest(operation="issue_refund"))
    assert plan.sentence.startswith("ANOTHER DEVICE CAME BACK")


def test_a_shipped_order_is_cancelled_in_its_rma_once_all_came_back(shipped: Desk) -> None:
    rma = make(shipped)
    return_acts.receive(shipped, rma, line_id=PHONE)
    return_acts.receive(shipped, rma, line_id=PAIR, quantity=1)
    preview = return_money.cancel_preview(shipped, rma)
    assert preview.why_not == f"Order {ORDER} cannot be cancelled: 1 × CHG did not come back yet."
    with pytest.raises(RuleRefused, match="did not come back"):
        return_money.cancel_order(shipped, rma)
    return_acts.receive(shipped, rma, line_id=PAIR)
    with pytest.raises(ConfigError, match="no New Status"):
        return_money.cancel_order(shipped, rma, "completed")
    return_money.cancel_order(shipped, rma, "cancelled", "all back")
    assert order_of(ORDER).status == "cancelled"
    assert orders.show(shipped, ORDER).notes[0].text == "all back"
    with pytest.raises(RuleRefused, match="already"):
        return_money.cancel_order(shipped, rma, "cancelled")


# Finding


def test_filters_combine(shipped: Desk) -> None:
    first = make(shipped, WantedItem(PHONE), reason="Damaged")
    second = make(shipped, WantedItem(PAIR, 1), reason="Other")
    return_acts.receive(shipped, second)
    return_acts.resolve(shipped, second, "repair")

    def found(query: str) -> list[int]:
        return [row.rma_id for row in return_search.listing(shipped, query)]

    assert found("") == [second, first]
    for query, ids in {
        "status:open": [first],
        "status:open,processing": [second, first],
        "received:not": [first],
        "received:received resolution:repair": [second],
        "received:partially": [],
        "reason:dam": [first],
        "approval:undecided CHG": [second],
        f"order:{ORDER}": [second, first],
        "made:today": [second, first],
        "made:<2020-01-01": [],
        "made:last7 dupont": [second, first],
        str(ORDER): [second, first],
        IMEI: [first],
        "imei:differs": [],
        "nobody": [],
    }.items():
        assert found(query) == ids, query
    shipped_later = return_search.listing(shipped, sort="id", descending=False, limit=1)
    assert [row.rma_id for row in shipped_later] == [first]
    for wrong in ("colour:red", "status:lost", "reason:zzz", "made:soon", "order:x", "status:,"):
        with pytest.raises(ConfigError):
            found(wrong)
    with pytest.raises(ConfigError, match="Sorts"):
        return_search.listing(shipped, sort="luck")


# Importing


def csv(tmp_path: Path, text: str) -> str:
    path = tmp_path / "returns.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_is_previewed_then_stored_as_shown(shipped: Desk, tmp_path: Path) -> None:
    take_in(shipped, raw_order(5002, [raw_line(11, sku="TAB")]))
    head = "Order_ID;SKU;Quantity;Reason;Description"
    text = f"{head}\n{ORDER};PHN;1;defective;dead\n{ORDER};CHG;2;Damaged;\n5002;;;Other;\n"
    before = dump(shipped)
    seen = return_import.preview(shipped, csv(tmp_path, text))
    assert dump(shipped) == before
    assert (seen.rows, seen.errors) == (3, ())
    planned = [(plan.order_id, [(item.sku, item.quantity, item.reason) for item in plan.items]) for plan in seen.plans]
    assert planned == [(ORDER, [("PHN", 1, "Defective"), ("CHG", 2, "Damaged")]), (5002, [("TAB", 1, "Other")])]
    ids = return_import.save(shipped, seen)
    assert [returns.show(shipped, rma).row.order_id for rma in ids] == [ORDER, 5002]
    with pytest.raises(RuleRefused):
        return_import.save(shipped, seen)


def test_wrong_rows_are_named_and_nothing_is_stored(shipped: Desk, tmp_path: Path) -> None:
    text = "\n".join(
        [
            "order_id,line_id,sku,quantity,reason",
            f"{ORDER},{PHONE},,1,Defective",
            "9999,,,1,Other",
            f"{ORDER},77,,1,Other",
            f"{ORDER},,NOPE,1,Other",
            f"{ORDER},{PAIR},,two,Other",
            f"{ORDER},,,1,Other",
            f"{ORDER},{PAIR},,2,",
            "",
        ]
    )
    seen = return_import.preview(shipped, csv(tmp_path, text))
    where = [(error.row, error.column) for error in seen.errors]
    assert where == [(3, "order_id"), (4, "line_id"), (5, "sku"), (6, "quantity"), (7, "line_id"), (8, "reason")]
    before = dump(shipped)
    with pytest.raises(RuleRefused, match="6 rows cannot be imported"):
        return_import.save(shipped, seen)
    assert dump(shipped) == before


@pytest.mark.parametrize(
    ("row", "column"),
    [(f"{PAIR},3,Other", "quantity"), (f"{PAIR},1,Bored", "reason"), (f"{UNSENT},1,Other", "line_id")],
)
def test_a_row_against_the_rules_is_named(shipped: Desk, tmp_path: Path, row: str, column: str) -> None:
    text = f"order_id,line_id,quantity,reason\n{ORDER},{PHONE},1,Other\n{ORDER},{row}\n"
    (error,) = return_import.preview(shipped, csv(tmp_path, text)).errors
    assert (error.row, error.column) == (3, column)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a,b\n1,2\n", "columns are not those"),
        (b"order_id,order_id,reason\n1,2,3\n", "columns are not those"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"order_id,reason\n1,2,3\n", "more fields"),
        (b"", "columns are not those"),
    ],
)
def test_what_is_no_such_file_is_refused(shipped: Desk, tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=says):
        return_import.preview(shipped, str(path))
    with pytest.raises(ConfigError, match="cannot be read"):
        return_import.preview(shipped, str(tmp_path / "nowhere.csv"))


def test_an_rma_of_another_company_is_not_in_view(shipped: Desk) -> None:
    from helpers import add_company

    rma = make(shipped)
    add_company(shipped, "Other")
    with pytest.raises(NotFound):
        returns.show(shipped.of_company("Other"), rma)
    assert return_search.listing(shipped.of_company("Other")) == ()
    assert returns.show(shipped.of_company("Shop"), rma).row.made_at <= shipped.now() + timedelta(seconds=1)


def test_a_read_only_desk_changes_nothing(shipped: Desk) -> None:
    from dataclasses import replace

    rma = make(shipped)
    desk = replace(shipped, read_only=True)
    for act in (
        lambda: returns.create(desk, ORDER, ReturnRequest(reason="Other")),
        lambda: return_acts.receive(desk, rma, line_id=PHONE),
        lambda: return_acts.approve(desk, rma, "approved"),
        lambda: return_acts.resolve(desk, rma, "repair"),
        lambda: return_acts.set_status(desk, rma, "closed"),
        lambda: return_acts.add_note(desk, rma, "x"),
        lambda: return_acts.track(desk, rma, tracking="1"),
        lambda: return_money.refund(desk, rma, RefundRequest()),
        lambda: return_money.cancel_order(desk, rma),
        lambda: return_reasons.add(desk, None, "New", 25),
        lambda: return_reasons.hide(desk, None, "Other"),
    ):
        with pytest.raises(RuleRefused, match="read-only"):
            act()
