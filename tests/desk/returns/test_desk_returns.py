"""RMA: returnable pieces, receipts, decisions, and search (order-desk §5)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from helpers import dump, line_of
from return_counter import IMEI, ORDER, OTHER_IMEI, PAIR, PHONE, UNSENT, make

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import reasons as return_reasons
from bmtui.desk.returns import refund as return_refund
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns import search as return_search
from bmtui.desk.returns.rma import ReturnRequest, WantedItem
from bmtui.errors import BmtuiError, ConfigError, EditConflict, NotFound, RuleRefused
from bmtui.money import Money
from bmtui.store.models import Unit
from bmtui.words import ReturnApproval, ReturnReceived, ReturnResolution, ReturnStatus

# Words


def test_return_reasons_have_the_codes_of_the_channel() -> None:
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


def test_rma_accepts_only_shipped_items_and_sends_nothing(shipped: Desk) -> None:
    view = returns.show(shipped, make(shipped, description="No power\x1b[31m."))
    assert [(item.sku, item.quantity, item.reason, item.return_reason) for item in view.items] == [
        ("PHN", 1, "Defective", 22),
        ("CHG", 2, "Defective", 22),
    ]
    assert (view.row.status, view.row.received, view.description) == ("open", "not_received", "No power[31m.")
    assert view.row.resolutions == ("not_decided",)
    assert [row.rma_id for row in overview.show(shipped, ORDER).returns] == [view.row.rma_id]
    assert [row.order_id for row in search.page(shipped, "has:rma").rows] == [ORDER]
    assert any("RMA" in row.summary for row in overview.show(shipped, ORDER).history)


def test_returned_pieces_cannot_be_returned_again(shipped: Desk) -> None:
    make(shipped, WantedItem(PAIR, 1))
    with pytest.raises(RuleRefused, match=r"2 pieces of line 2 .* cannot come back; 1 can"):
        make(shipped, WantedItem(PAIR, 2))
    second = make(shipped, WantedItem(PAIR))
    assert returns.show(shipped, second).items[0].quantity == 1
    with pytest.raises(RuleRefused, match="is in an RMA already"):
        make(shipped, WantedItem(PAIR))
    return_actions.approve(shipped, second, "rejected")
    third = make(shipped, WantedItem(PAIR, 1))
    with pytest.raises(RuleRefused, match="is in another RMA meanwhile"):
        return_actions.approve(shipped, second, "approved")
    assert returns.show(shipped, third).row.pieces == 1


@pytest.mark.parametrize(
    ("items", "reason", "error", "says"),
    [
        ([WantedItem(UNSENT)], "Other", RuleRefused, "only shipped lines"),
        ([WantedItem(99)], "Other", RuleRefused, r"has no line 99.*1 \(PHN\)"),
        ([WantedItem(PAIR, 0)], "Other", RuleRefused, "0 pieces .*; 2 can"),
        ([WantedItem(PAIR, 3)], "Other", RuleRefused, "from 1 to 2"),
        ([WantedItem(PHONE)], "", RuleRefused, "needs a reason"),
        ([WantedItem(PHONE)], "Bored", RuleRefused, "not a return reason .*Damaged"),
        ([WantedItem(PHONE), WantedItem(PHONE)], "Other", ConfigError, "named twice"),
        ([WantedItem(PHONE, 1, "Bored")], "Other", RuleRefused, "not a return reason"),
    ],
)
def test_rma_with_impossible_items_names_them_and_stores_nothing(
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


def test_items_that_arrive_in_parts_are_counted_and_the_rma_stays_open(shipped: Desk) -> None:
    rma = make(shipped)
    view = return_actions.receive(shipped, rma, line_id=PAIR, quantity=1, damaged=1)
    assert (view.row.status, view.row.received, view.row.received_pieces) == ("processing", "partially_received", 1)
    view = return_actions.receive(shipped, rma, line_id=PAIR)
    view = return_actions.receive(shipped, rma, line_id=PHONE, imei=f" {IMEI[:2]}-{IMEI[2:]} ")
    assert (view.row.received, view.row.differs) == ("received", False)
    assert [(item.received, item.damaged_quantity) for item in view.items] == [("received", 0), ("received", 1)]


@pytest.mark.parametrize(
    ("state", "differs"), [("kept", True), ("failed", True), ("withdrawn", False), ("dismissed", False)]
)
def test_device_of_a_parcel_that_never_left_is_not_taken_as_shipped(shipped: Desk, state: str, differs: bool) -> None:
    line = line_of(PAIR)
    facts = {"imei": IMEI, "serial_number": "", "state": state, "made_at": shipped.now(), "made_by": "x"}
    Unit.create(order=line.order, line=line, number=1, **facts)
    view = return_actions.receive(shipped, make(shipped), line_id=PAIR, quantity=1, imei=OTHER_IMEI)
    assert view.row.differs is differs


def test_return_of_another_device_is_recorded_with_a_warning(shipped: Desk) -> None:
    view = return_actions.receive(shipped, make(shipped), line_id=PHONE, imei=OTHER_IMEI)
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
        ({"line_id": PAIR, "quantity": 1, "damaged": 2}, "2 damaged pieces are more than the 1"),
        ({"line_id": PHONE, "imei": "123"}, "3 digits; an IMEI has 15"),
        ({"line_id": PHONE, "serial": "SN" + "17" * 25}, "this one has 52"),
        ({"line_id": UNSENT}, "has no line 3"),
        ({}, "Say which one arrived"),
    ],
)
def test_impossible_receipt_is_refused_with_the_right_number(shipped: Desk, given: dict[str, Any], says: str) -> None:
    rma = make(shipped)
    before = dump(shipped)
    with pytest.raises(RuleRefused, match=says):
        return_actions.receive(shipped, rma, **given)
    assert dump(shipped) == before


def test_received_item_is_not_received_again(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PHONE))
    return_actions.receive(shipped, rma)
    with pytest.raises(RuleRefused, match="received already"):
        return_actions.receive(shipped, rma)


# Deciding


def test_replacement_and_exchange_are_recorded(shipped: Desk) -> None:
    rma = make(shipped)
    return_actions.resolve(shipped, rma, "replace", line_id=PHONE, tracking="1Z 99")
    with pytest.raises(RuleRefused, match="needs the SKU"):
        return_actions.resolve(shipped, rma, "exchange", line_id=PAIR)
    view = return_actions.resolve(shipped, rma, "Exchange", line_id=PAIR, sku="CHG-2", note="other plug")
    sent = [(item.resolution, item.sent_sku, item.sent_tracking) for item in view.items]
    assert sent == [("replace", "PHN", "1Z99"), ("exchange", "CHG-2", "")]
    with pytest.raises(RuleRefused, match="sends nothing"):
        return_actions.resolve(shipped, rma, "refund", sku="X")
    with pytest.raises(ConfigError, match="no_action_needed"):
        return_actions.resolve(shipped, rma, "burn")


def test_rejected_item_is_neither_refunded_nor_replaced(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PHONE))
    return_actions.approve(shipped, rma, "rejected")
    with pytest.raises(RuleRefused, match="Approve it first"):
        return_actions.resolve(shipped, rma, "refund")
    with pytest.raises(RuleRefused, match="rejected"):
        return_refund.refund(shipped, rma, RefundRequest())
    assert return_actions.set_status(shipped, rma, "closed").items[0].resolution == "reject"


def test_closing_asks_for_every_resolution_and_a_closed_one_is_left_alone(shipped: Desk) -> None:
    rma = make(shipped)
    return_actions.resolve(shipped, rma, "no_action_needed", line_id=PHONE)
    with pytest.raises(RuleRefused, match=r"cannot be closed: 2 \(CHG\)"):
        return_actions.set_status(shipped, rma, "closed")
    return_actions.resolve(shipped, rma, "repair", line_id=PAIR)
    view = return_actions.set_status(shipped, rma, "closed")
    assert view.row.closed_at is not None
    for act in (
        lambda: return_actions.receive(shipped, rma, line_id=PHONE),
        lambda: return_actions.approve(shipped, rma, "approved"),
        lambda: return_actions.resolve(shipped, rma, "refund"),
        lambda: return_actions.track(shipped, rma, tracking="R12345"),
        lambda: return_refund.refund(shipped, rma, RefundRequest()),
    ):
        with pytest.raises(RuleRefused, match="is closed"):
            act()
    assert return_actions.set_status(shipped, rma, "open").row.closed_at is None


def test_rma_on_hold_needs_a_reason(shipped: Desk) -> None:
    rma = make(shipped)
    with pytest.raises(RuleRefused, match="needs a note"):
        return_actions.set_status(shipped, rma, "on_hold")
    view = return_actions.set_status(shipped, rma, "on_hold", "Waiting for the supplier")
    assert (view.row.status, view.notes[0].kind, view.notes[0].text) == (
        "on_hold",
        "merchant",
        "Waiting for the supplier",
    )
    with pytest.raises(RuleRefused, match="On Hold already"):
        return_actions.set_status(shipped, rma, "on_hold", "again")


def test_change_of_an_rma_from_a_stale_view_is_refused(shipped: Desk) -> None:
    rma = make(shipped)
    seen = returns.show(shipped, rma).version
    return_actions.receive(shipped, rma, line_id=PHONE)
    with pytest.raises(EditConflict):
        return_actions.receive(shipped, rma, line_id=PAIR, version=seen)
    with pytest.raises(EditConflict):
        return_refund.refund(shipped, rma, RefundRequest(), seen)


def test_notes_tracking_and_documents_stay_with_the_rma(shipped: Desk, tmp_path: Path) -> None:
    rma = make(shipped)
    picture = tmp_path / "box of =cmd.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\nbox")
    return_actions.add_note(shipped, rma, "wet box", "return")
    return_actions.track(shipped, rma, tracking="R 12", carrier="DHL", url="https://dhl.example/R12")
    for _ in range(2):
        view = return_actions.attach(shipped, rma, str(picture))
    (document,) = view.documents
    assert (document.media_type, document.size) == ("image/png", picture.stat().st_size)
    assert return_actions.read_document(shipped, rma, document.document_id)[1] == picture.read_bytes()
    assert (view.carrier, view.tracking_number, view.notes[0].kind) == ("DHL", "R12", "return")
    stored = shipped.settings.data / document.file
    assert stored.stat().st_mode & 0o077 == 0
    stored.write_bytes(b"forged")
    with pytest.raises(RuleRefused, match="was changed"):
        return_actions.read_document(shipped, rma, document.document_id)
    stored.unlink()
    with pytest.raises(NotFound, match="is gone"):
        return_actions.read_document(shipped, rma, document.document_id)
    for text, kind, error in (
        ("", "return", RuleRefused),
        ("x" * 4001, "return", RuleRefused),
        ("x", "to", ConfigError),
    ):
        with pytest.raises(error):
            return_actions.add_note(shipped, rma, text, kind)
    big = tmp_path / "big.bin"
    big.write_bytes(bytes(3_000_001))
    with pytest.raises(RuleRefused, match="3 MB"):
        return_actions.attach(shipped, rma, str(big))


# Finding


def test_rma_filters_combine(shipped: Desk) -> None:
    first = make(shipped, WantedItem(PHONE), reason="Damaged")
    second = make(shipped, WantedItem(PAIR, 1), reason="Other")
    return_actions.receive(shipped, second)
    return_actions.resolve(shipped, second, "repair")

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


# Another company, and a desk that only reads


def test_an_rma_of_another_company_is_not_in_view(shipped: Desk) -> None:
    from helpers import add_company

    rma = make(shipped)
    add_company(shipped, "Other")
    with pytest.raises(NotFound):
        returns.show(shipped.of_company("Other"), rma)
    assert return_search.listing(shipped.of_company("Other")) == ()
    assert returns.show(shipped.of_company("Shop"), rma).row.made_at <= shipped.now() + timedelta(seconds=1)


def test_read_only_desk_changes_no_rma(shipped: Desk) -> None:
    from dataclasses import replace

    rma = make(shipped)
    desk = replace(shipped, read_only=True)
    for act in (
        lambda: returns.create(desk, ORDER, ReturnRequest(reason="Other")),
        lambda: return_actions.receive(desk, rma, line_id=PHONE),
        lambda: return_actions.approve(desk, rma, "approved"),
        lambda: return_actions.resolve(desk, rma, "repair"),
        lambda: return_actions.set_status(desk, rma, "closed"),
        lambda: return_actions.add_note(desk, rma, "x"),
        lambda: return_actions.track(desk, rma, tracking="R12345"),
        lambda: return_actions.attach(desk, rma, __file__),
        lambda: return_refund.refund(desk, rma, RefundRequest()),
        lambda: return_refund.cancel_order(desk, rma),
        lambda: return_reasons.add(desk, None, "New", 25),
        lambda: return_reasons.hide(desk, None, "Other"),
    ):
        with pytest.raises(RuleRefused, match="read-only"):
            act()
