"""RMAs as they are told and kept: codes of reasons, sums, answers that are read, and rows of a file that are blamed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from helpers import COMPANY, add_company, eur, order_of, raw_folder, raw_line, raw_order, take_in
from return_counter import IMEI, ORDER, OTHER_IMEI, PAIR, PHONE, make

from bmtui.desk.after_sales import folder_store
from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Answers
from bmtui.desk.refunds import void
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import csv_import as return_import
from bmtui.desk.returns import parameters, request_read
from bmtui.desk.returns import reasons as return_reasons
from bmtui.desk.returns import refund as return_refund
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns import search as return_search
from bmtui.desk.returns.reasons import Reason
from bmtui.desk.returns.rma import ReturnRequest, WantedItem
from bmtui.desk.returns.views import difference
from bmtui.errors import ConfigError, EditConflict, NotFound, RuleRefused
from bmtui.store.models import CareFolder, Company, Return, ReturnReceipt

CODES = {
    0: "Duplicate · Processing Error · Warehouse Mix-up",
    1: "Customer Error · Didn't Fit · Didn't Like · No Longer Needed",
    11: "Return To Shipper",
    12: "Undeliverable",
    21: "Damaged",
    22: "Defective",
    23: "Warranty",
    24: "Listing Mix-up · Missing Pieces · Not As Requested · Shipping Error · Vendor Error",
    25: "Denied RMA · Exchange · Fraud · No Refund Due · Other · Unauthorized Return",
}


def test_each_built_in_reason_has_the_code_that_the_marketplace_is_told() -> None:
    assert dict(return_reasons.BUILT_IN) == {name: code for code, names in CODES.items() for name in names.split(" · ")}


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("technical", "Defective"),
        ("APPEARANCE", "Damaged"),
        ("DELIVERY", "Undeliverable"),
        ("WITHDRAWAL", "Didn't Like"),
        ("?", "Other"),
    ],
)
def test_reason_of_a_complaint_follows_its_tag(tag: str, name: str) -> None:
    assert return_reasons.of_tag(tag) == name


def test_reasons_of_a_company_say_which_are_its_own_and_which_are_hidden(offline: Desk) -> None:
    added = return_reasons.add(offline, None, " Wrong\x07 colour ", 24)
    assert added == Reason("Wrong colour", 24, own=True, hidden=False)
    assert (added.code_label, replace(added, code=99).code_label) == ("Non-compliant", "Unknown (99)")
    assert return_reasons.hide(offline, None, "wrong colour") == replace(added, hidden=True)
    hidden = return_reasons.hide(offline, None, "OTHER")
    assert hidden == Reason("Other", 25, own=False, hidden=True)
    known = return_reasons.listing(offline)
    assert [reason.name for reason in known if reason.own] == ["Wrong colour"]
    assert [reason.name for reason in known if reason.hidden] == ["Other", "Wrong colour"]
    assert [reason.name for reason in known] == sorted((reason.name for reason in known), key=str.casefold)
    with pytest.raises(NotFound, match="has no return reason 'None such'"):
        return_reasons.hide(offline, None, "None such")
    assert return_reasons.hide(offline, None, "Other", hidden=False) == replace(hidden, hidden=False)
    # Another company hides and offers its own.
    add_company(offline, "Twin")
    return_reasons.hide(offline, COMPANY, "Other")
    return_reasons.hide(offline, "Twin", "Other")
    return_reasons.hide(offline, "Twin", "Other", hidden=False)
    other = {name: return_reasons.listing(offline, name) for name in (COMPANY, "Twin")}
    shown = {name: next(one.hidden for one in known if one.name == "Other") for name, known in other.items()}
    assert shown == {COMPANY: True, "Twin": False}


@pytest.mark.parametrize(("name", "accepted"), [("x" * 60, True), ("x" * 61, False), ("-", False), ("", False)])
def test_a_reason_has_a_name_of_one_to_sixty_characters(offline: Desk, name: str, accepted: bool) -> None:
    if accepted:
        assert return_reasons.add(offline, None, name, 25).name == name
        return
    with pytest.raises(ConfigError, match="needs a name of 1 to 60 characters"):
        return_reasons.add(offline, None, name, 25)


def test_dialogs_ask_for_what_an_action_cannot_do_without() -> None:
    actions = (
        parameters.RECEIVE,
        parameters.APPROVE,
        parameters.RESOLVE,
        parameters.SET_STATUS,
        parameters.ADD_NOTE,
        parameters.TRACK,
    )
    needed = [one.name for action in actions for one in action if one.required]
    assert needed == ["approval", "resolution", "status", "text", "tracking"]


def test_reason_of_a_line_wins_over_the_reason_in_its_quantity_when_both_are_answered() -> None:
    given = {"line-1": ("1:Damaged",), "line_reason-1": ("Other",), "line-2": ("all:Damaged",), "line-3": ("",)}
    read = request_read.read(Answers(given | {"reason": ("Defective",)}), 7)
    assert read.items == (WantedItem(1, 1, "Other"), WantedItem(2, None, "Damaged"))
    assert (read.reason, read.folder_id) == ("Defective", 7)
    assert request_read.read(Answers({"line-1": ("0",), "line-2": ("2",)})).items == (WantedItem(2, 2),)
    with pytest.raises(RuleRefused, match="No line has a quantity") as nothing:
        request_read.read(Answers({"line-1": ("0",)}))
    with pytest.raises(RuleRefused, match="Line 2 has a reason and no quantity") as alone:
        request_read.read(Answers({"line-1": ("1",), "line_reason-2": ("Other",)}))
    assert (nothing.value.field, alone.value.field) == ("line-1", "line_reason-2")


def test_an_item_differs_when_one_of_its_receipts_does(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PAIR, 2))
    for _ in range(2):
        return_actions.receive(shipped, rma, quantity=1)
    assert not returns.show(shipped, rma).items[0].differs
    ReturnReceipt.update(differs=True).where(ReturnReceipt.id == 2).execute()
    assert returns.show(shipped, rma).items[0].differs


def test_a_row_of_the_list_counts_pieces_from_two_on(shipped: Desk) -> None:
    rma = make(shipped)
    row = returns.show(shipped, rma).row
    assert (row.skus, row.pieces) == ("PHN, CHG ×2", 3)


def test_a_voided_refund_counts_no_more_in_its_rma(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PHONE), WantedItem(PAIR, 1))
    return_refund.refund(shipped, rma, RefundRequest("issue_refund"))
    view = returns.show(shipped, rma)
    assert (view.row.refund_summary, [item.refunded for item in view.items]) == (
        f"120.00 EUR refunded in RMA {rma}",
        [eur("100.00"), eur("20.00")],
    )
    void.void(shipped, ORDER, view.refunds[0].refund_id, "paid by mistake")
    view = returns.show(shipped, rma)
    assert (view.row.refunded, [item.refunded for item in view.items]) == (eur("20.00"), [eur("0.00"), eur("20.00")])


def test_an_item_that_is_refunded_is_not_rejected(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PHONE))
    return_actions.resolve(shipped, rma, "refund")
    with pytest.raises(RuleRefused, match="is resolved as Refund; it cannot be rejected"):
        return_actions.approve(shipped, rma, "rejected")
    return_actions.approve(shipped, rma, "approved")
    return_actions.resolve(shipped, rma, "no_action_needed")
    assert return_actions.approve(shipped, rma, "rejected").items[0].approval == "rejected"


def test_history_says_with_what_the_parcel_comes_back(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PHONE))
    return_actions.track(shipped, rma, tracking="R12345")
    return_actions.track(shipped, rma, tracking="", label_url="https://labels.example/1")
    return_actions.track(shipped, rma, tracking="R12345", carrier="DHL")
    told = [entry.summary for entry in returns.show(shipped, rma).history if entry.action == "return.tracking"]
    with_what = ("a tracking number", "a return label", "DHL")
    assert told == [f"RMA {rma}: It comes back with {what}." for what in with_what]
    with pytest.raises(RuleRefused, match="no tracking number to record"):
        return_actions.track(shipped, rma, tracking=" ")


def test_a_row_without_an_order_and_an_order_whose_rows_clash_are_blamed(shipped: Desk, tmp_path: Path) -> None:
    path = tmp_path / "returns.csv"
    rows = (f",{PHONE},1,Other", f"{ORDER},{PHONE},1,Other", f"{ORDER},{PHONE},1,Other")
    path.write_text("order_id,line_id,quantity,reason\n" + "\n".join(rows), encoding="utf-8")
    errors = return_import.preview(shipped, str(path)).errors
    told = [(error.row, error.column, error.message.partition(".")[0]) for error in errors]
    assert told == [(2, "order_id", "An order id is missing"), (4, "", "A line is named twice")]


def test_an_order_of_which_nothing_is_left_gets_no_empty_rma(shipped: Desk) -> None:
    make(shipped)
    with pytest.raises(
        RuleRefused, match=r"All of line 1 .* is in an RMA already\. All of line 2 .* only shipped lines"
    ):
        make(shipped)
    assert [row.rma_id for row in returns.of_order(shipped, ORDER)] == [1]
    assert returns.options(shipped, ORDER).why_not is not None


def test_another_device_is_told_with_all_numbers_of_both(shipped: Desk) -> None:
    view = return_actions.receive(shipped, make(shipped), line_id=PHONE, imei=OTHER_IMEI, serial="SN7")
    told = f"ANOTHER DEVICE CAME BACK (PHN): IMEI {OTHER_IMEI} serial SN7 came back, IMEI {IMEI} was shipped."
    assert [item.alarm for item in view.items] == [told, ""]
    assert (
        difference("S", "", "A1", "", "B2")
        == "ANOTHER DEVICE CAME BACK (S): serial B2 came back, serial A1 was shipped."
    )


def test_description_keeps_its_lines_and_no_control_characters(shipped: Desk) -> None:
    view = returns.show(shipped, make(shipped, WantedItem(PHONE), description=" It is blue.\nToo blue.\x07 "))
    assert view.description == "It is blue.\nToo blue."


def test_dialog_offers_the_reasons_that_are_not_hidden(shipped: Desk) -> None:
    return_reasons.hide(shipped, None, "Fraud")
    offered = returns.options(shipped, ORDER).reasons
    assert set(return_reasons.BUILT_IN) - set(offered) == {"Fraud"}


def test_cancelled_order_is_told_in_its_rma_and_makes_an_older_view_stale(shipped: Desk) -> None:
    rma = make(shipped)
    for line in (PHONE, PAIR):
        return_actions.receive(shipped, rma, line_id=line)
    seen = return_refund.cancel_preview(shipped, rma)
    assert seen.why_not is None
    return_refund.cancel_order(shipped, rma, version=seen.version)
    told = [entry.summary for entry in returns.show(shipped, rma).history][-1]
    assert told.startswith(f"RMA {rma}: Order {ORDER}: ")
    assert told.endswith(" → Cancelled.")
    with pytest.raises(EditConflict):
        return_refund.cancel_order(shipped, rma, "void", version=seen.version)


def test_days_of_a_filter_count_today_and_end_at_midnight_of_the_company(shipped: Desk) -> None:
    desk = replace(shipped, now=lambda: datetime(2026, 11, 24, 12, tzinfo=UTC))
    first = make(desk, WantedItem(PHONE))
    second = make(desk, WantedItem(PAIR))
    # Midnight of the 23rd in Paris, and the second before it.
    begins = datetime(2026, 11, 22, 23, tzinfo=UTC)
    Return.update(made_at=begins).where(Return.id == first).execute()
    Return.update(made_at=begins - timedelta(seconds=1)).where(Return.id == second).execute()
    desk = desk.of_company("Shop")
    for query, ids in {
        "made:last1": [],
        "made:last2": [first],
        "made:last3": [first, second],
        "made:2026-11-23": [first],
        "made:2026-11-22": [second],
        "made:>2026-11-22": [first],
        "made:>=2026-11-23": [first],
        "made:<2026-11-23": [second],
        "made:<=2026-11-22": [second],
    }.items():
        assert [row.rma_id for row in return_search.listing(desk, query)] == ids, query


def test_one_document_is_kept_with_each_rma_that_it_was_attached_to(shipped: Desk, tmp_path: Path) -> None:
    label = tmp_path / "label.png"
    label.write_bytes(b"\x89PNG\r\n\x1a\nlabel")
    for rma in (make(shipped, WantedItem(PHONE)), make(shipped, WantedItem(PAIR))):
        for _ in range(2):
            return_actions.attach(shipped, rma, str(label))
        (document,) = returns.show(shipped, rma).documents
        assert return_actions.read_document(shipped, rma, document.document_id) == ("label.png", label.read_bytes())
        assert document.file.startswith(f"returns/{rma}/")
        with pytest.raises(NotFound, match="has no document"):
            return_actions.read_document(shipped, rma, document.document_id + 1)


def test_document_of_another_rma_is_not_opened(shipped: Desk, tmp_path: Path) -> None:
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"%PDF-1.4 letter")
    rma, other = make(shipped, WantedItem(PHONE)), make(shipped, WantedItem(PAIR))
    (document,) = return_actions.attach(shipped, rma, str(letter)).documents
    with pytest.raises(NotFound, match=f"RMA {other} has no document {document.document_id}"):
        return_actions.read_document(shipped, other, document.document_id)


def test_a_decision_sets_an_open_rma_going_and_leaves_one_on_hold_there(shipped: Desk) -> None:
    rma, held = make(shipped, WantedItem(PHONE)), make(shipped, WantedItem(PAIR))
    return_actions.set_status(shipped, held, "on_hold", "waits for the supplier")
    assert return_actions.resolve(shipped, rma, "repair").row.status == "processing"
    assert return_actions.resolve(shipped, held, "repair").row.status == "on_hold"
    assert return_actions.receive(shipped, held).row.status == "on_hold"


def test_an_rma_comes_from_a_folder_of_its_order_and_company_once(shipped: Desk) -> None:
    company = Company.get()
    folder = raw_folder(7, ORDER, PHONE, "PHN", "No power", date_creation="2026-11-20T10:00:00+00:00")
    with shipped.store.transaction():
        folder_store.keep(shipped, company.id, 7, folder, "x")
    add_company(shipped, "Other")
    other, mine = shipped.of_company("Other"), shipped.of_company("Shop")
    assert (returns.order_of_folder(shipped, 7), returns.order_of_folder(mine, 7)) == (ORDER, ORDER)
    with pytest.raises(NotFound, match="no after-sales folder 7"):
        returns.order_of_folder(other, 7)
    with pytest.raises(NotFound, match="no after-sales folder 8"):
        returns.plan(mine, ORDER, ReturnRequest(folder_id=8))
    take_in(shipped, raw_order(5002, [raw_line(11, sku="TAB")]))
    with pytest.raises(RuleRefused, match=f"Folder 7 is about order {ORDER}, not 5002"):
        returns.plan(mine, 5002, ReturnRequest(folder_id=7))
    made = returns.create(mine, ORDER, ReturnRequest(folder_id=7))
    assert [item.line_id for item in made.items] == [PHONE]
    with pytest.raises(RuleRefused, match=f"Folder 7 has RMA {made.row.rma_id} already"):
        returns.create(mine, ORDER, ReturnRequest((WantedItem(PAIR),), folder_id=7))
    return_actions.resolve(mine, made.row.rma_id, "no_action_needed")
    return_actions.set_status(mine, made.row.rma_id, "closed")
    assert returns.create(mine, ORDER, ReturnRequest((WantedItem(PAIR),), folder_id=7)).row.folder_id == 7
    CareFolder.update(order_id=None).execute()
    with pytest.raises(RuleRefused, match="does not say which order"):
        returns.order_of_folder(mine, 7)


def test_number_of_a_device_whose_own_is_not_known_is_no_difference(shipped: Desk) -> None:
    view = return_actions.receive(shipped, make(shipped), line_id=PAIR, quantity=1, imei=OTHER_IMEI, serial="SN7")
    assert not view.row.differs
    again = return_actions.receive(shipped, view.row.rma_id, line_id=PHONE, imei=IMEI, serial="SN8")
    assert not again.row.differs


def test_a_row_of_an_order_of_two_lines_must_name_one(shipped: Desk, tmp_path: Path) -> None:
    take_in(shipped, raw_order(5002, [raw_line(11, sku="TAB"), raw_line(12, sku="PEN")]))
    path = tmp_path / "returns.csv"
    path.write_text("order_id,sku,reason\n5002,,Other\n5002,PEN,Other\n", encoding="utf-8")
    seen = return_import.preview(shipped, str(path))
    assert [(error.row, error.column) for error in seen.errors] == [(2, "line_id")]
    assert [[item.line_id for item in plan.items] for plan in seen.plans] == [[12]]


def test_answers_of_the_dialogs_become_what_the_actions_take() -> None:
    came = {
        "line": ("2",),
        "quantity": ("3",),
        "damaged": ("1",),
        "note": ("wet",),
        "imei": (IMEI,),
        "serial": ("SN7",),
    }
    assert request_read.received(Answers(came)) == {
        "line_id": 2,
        "quantity": 3,
        "damaged": 1,
        "note": "wet",
        "imei": IMEI,
        "serial": "SN7",
    }
    nothing = {"line_id": None, "quantity": None, "damaged": 0, "note": "", "imei": "", "serial": ""}
    assert request_read.received(Answers()) == nothing
    decided = {"line": ("2",), "resolution": ("exchange",), "sku": ("CHG-2",), "tracking": ("R12",), "note": ("ok",)}
    assert request_read.resolved(Answers(decided)) == {
        "line_id": 2,
        "resolution": "exchange",
        "tracking": "R12",
        "sku": "CHG-2",
        "note": "ok",
    }


def test_history_of_an_rma_says_nothing_of_another_rma_of_its_order(shipped: Desk) -> None:
    first, second = make(shipped, WantedItem(PHONE)), make(shipped, WantedItem(PAIR))
    return_actions.receive(shipped, second)
    assert [entry.action for entry in returns.show(shipped, first).history] == ["return.created"]
    assert [entry.action for entry in returns.show(shipped, second).history] == ["return.created", "return.received"]


def test_folder_of_the_same_number_in_another_company_may_have_an_rma_of_its_own(shipped: Desk) -> None:
    order, now = order_of(ORDER), shipped.now()
    add_company(shipped, "Other")
    payload = raw_folder(7, ORDER, PHONE, "PHN", "It is broken.", date_creation="2026-11-03T10:00:00Z")
    CareFolder.create(
        company=order.company_id, folder_id=7, state=0, market="fr-fr", order_id=ORDER, sku="PHN", customer="Marie",
        issue="broken", modified_at=now, listed="x", payload=payload, fetched_at=now,
    )  # fmt: skip
    theirs = Return.create(
        company=Company.get(Company.name == "Other"), order=order, folder_id=7, status="open", description="",
        made_at=now, made_by="test", updated_at=now,
    )  # fmt: skip
    mine = make(shipped, WantedItem(PHONE), folder_id=7)
    assert mine != theirs.id
    with pytest.raises(RuleRefused, match=f"has RMA {mine} already"):
        make(shipped, WantedItem(PHONE), folder_id=7)
