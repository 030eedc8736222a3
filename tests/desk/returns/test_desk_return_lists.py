"""Lists and filters of returns, what each action gives back, and the limits of what is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from helpers import add_company, eur, raw_line, raw_order, take_in
from return_counter import IMEI, ORDER, OTHER_IMEI, PAIR, PHONE, UNSENT, make

from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Answers
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.returns import actions, csv_import, request_read
from bmtui.desk.returns import refund as return_refund
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns import search as return_search
from bmtui.desk.returns.rma import ReturnRequest, WantedItem
from bmtui.desk.returns.views import ReturnView
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import given
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.errors import ConfigError, RuleRefused
from bmtui.store.models import Company, OrderLine, Refund, Return, ReturnReceipt


def found(desk: Desk, query: str = "", **more: Any) -> list[int]:
    return [row.rma_id for row in return_search.listing(desk, query, **more)]


@pytest.mark.parametrize(
    "act",
    [
        lambda desk, rma: actions.add_note(desk, rma, "Wet box."),
        lambda desk, rma: actions.track(desk, rma, tracking="R12"),
        lambda desk, rma: actions.approve(desk, rma, "approved"),
        lambda desk, rma: actions.receive(desk, rma, line_id=PHONE),
        lambda desk, rma: actions.resolve(desk, rma, "refund"),
        lambda desk, rma: actions.set_status(desk, rma, "processing"),
    ],
)
def test_each_action_gives_back_the_rma_as_it_is_now(shipped: Desk, act: Callable[[Desk, int], ReturnView]) -> None:
    other, rma = make(shipped, WantedItem(PAIR, 1)), make(shipped, WantedItem(PHONE))
    before = returns.show(shipped, other)
    view = act(shipped, rma)
    assert view == returns.show(shipped, rma)
    assert view.version == 2
    assert returns.show(shipped, other) == before


@pytest.mark.parametrize("sort", return_search.SORTS)
def test_list_of_one_value_goes_by_number_in_the_direction_of_the_list(shipped: Desk, sort: str) -> None:
    ids = [make(shipped, WantedItem(PAIR, 1)), make(shipped, WantedItem(PAIR, 1)), make(shipped, WantedItem(PHONE))]
    moment = shipped.now()
    Return.update(made_at=moment, updated_at=moment).execute()
    assert found(shipped, sort=sort) == ids[::-1]
    assert found(shipped, sort=sort, descending=False) == ids
    assert found(shipped, sort=sort, limit=2) == ids[:0:-1]
    assert found(shipped, sort=sort, limit=None) == ids[::-1]


def test_words_find_numbers_names_skus_devices_and_parcels(shipped: Desk) -> None:
    take_in(shipped, raw_order(7, [raw_line(70, sku="TAB", serial_number="C02XK1ABCDEF")], shipping_address={
        "first_name": "Zoë", "last_name": "Öztürk", "country": "FR"}))  # fmt: skip
    phone, pair = make(shipped, WantedItem(PHONE)), make(shipped, WantedItem(PAIR, 1))
    tab = returns.create(shipped, 7, ReturnRequest(reason="Other")).row.rma_id
    actions.receive(shipped, phone, imei=OTHER_IMEI)
    actions.receive(shipped, tab, serial="C02XK1ABCDEG")
    actions.track(shipped, pair, tracking="R12")
    Return.update(folder_id=777).where(Return.id == pair).execute()
    for query, expected in {
        "phn": [phone],
        "hn": [phone],
        IMEI: [phone],
        OTHER_IMEI: [phone],
        "C02XK1ABCDEF": [tab],
        "C02XK1ABCDEG": [tab],
        "C02XK1": [],
        "zoë": [tab],
        "ÖZTÜRK": [tab],
        "R12": [pair],
        "777": [pair],
        "7": [tab],
        str(tab): [tab],
        "dupont": [pair, phone],
        "imei:differs": [tab, phone],
        "imei:DIFF": [tab, phone],
        f"imei:{IMEI}": [phone],
        "received:not": [pair],
        "received:received": [tab, phone],
        "order:7": [tab],
        "folder:777": [pair],
        "approval:undecided,approved": [tab, pair, phone],
        "resolution:not": [tab, pair, phone],
        "company:Shop": [tab, pair, phone],
        "company:Other": [],
    }.items():
        assert found(shipped, query) == expected, query


def test_list_is_of_the_company_in_view_and_of_enabled_ones_alone(shipped: Desk) -> None:
    rma = make(shipped)
    add_company(shipped, "Other")
    assert found(shipped.of_company("Shop")) == found(shipped) == [rma]
    assert found(shipped.of_company("Other")) == []
    Company.update(enabled=False).where(Company.name == "Shop").execute()
    assert found(shipped) == []
    assert found(shipped, "company:Shop") == found(shipped.of_company("Shop")) == [rma]


def test_received_of_an_rma_is_that_of_all_its_lines(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PHONE), WantedItem(PAIR))
    words = ("not", "partially", "received")

    def state() -> list[bool]:
        return [found(shipped, f"received:{word}") == [rma] for word in words]

    assert state() == [True, False, False]
    actions.receive(shipped, rma, line_id=PHONE)
    assert state() == [False, True, False]
    actions.receive(shipped, rma, line_id=PAIR, quantity=1)
    assert state() == [False, True, False]
    actions.receive(shipped, rma, line_id=PAIR)
    assert state() == [False, False, True]


@pytest.mark.parametrize(
    ("query", "within"),
    [
        ("made:last1", {0}),
        ("made:last2", {0, 1}),
        ("made:today", {0}),
        ("made:yesterday", {1}),
        ("made:>=yesterday", {0, 1}),
        ("made:>yesterday", {0}),
        ("made:<=yesterday", {1, 2}),
        ("made:<yesterday", {2}),
        ("made:>=9999-12-31", set()),
        ("made:<=9999-12-31", {0, 1, 2}),
    ],
)
def test_days_of_a_list_are_whole_days_of_the_company(shipped: Desk, query: str, within: set[int]) -> None:
    now, zone = shipped.now(), shipped.list_zone()
    shipped = replace(shipped, now=lambda: now)
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    ids = [make(shipped, WantedItem(PAIR, 1)), make(shipped, WantedItem(PAIR, 1)), make(shipped, WantedItem(PHONE))]
    for days, rma in enumerate(ids):
        # The very beginning of each day.
        Return.update(made_at=midnight - timedelta(days=days)).where(Return.id == rma).execute()
    assert set(found(shipped, query)) == {ids[days] for days in within}


def test_part_of_a_line_is_refunded_by_its_pieces_rounded_down(shipped: Desk) -> None:
    # One of two chargers of 40.01.
    rma = make(shipped, WantedItem(PAIR, 1))
    _, (issued,) = return_refund.refund(shipped, rma, RefundRequest())
    assert Refund.get_by_id(issued.refund_ids[0]).amount == 2000
    take_in(shipped, raw_order(8, [raw_line(80, sku="TRI", price="10.00", quantity=3)]))
    two = returns.create(shipped, 8, ReturnRequest((WantedItem(80, 2),), "Other")).row.rma_id
    assert return_refund.plan(shipped, two, RefundRequest()).plans[0].total == eur("6.66")


def test_line_whose_parcel_left_from_here_can_come_back_before_the_channel_knows(shipped: Desk) -> None:
    take_in(shipped, raw_order(9, [raw_line(90, 2)], state=3))
    with pytest.raises(RuleRefused, match="only shipped lines can come back"):
        returns.create(shipped, 9, ReturnRequest(reason="Other"))
    shipping.ship(shipped, 9, ShipRequest("1Z999AA10123456784", "UPS", accept_doubts=True))
    assert returns.create(shipped, 9, ReturnRequest(reason="Other")).row.pieces == 1
    with pytest.raises(RuleRefused, match=rf"Line {UNSENT} .* only shipped lines can come back"):
        make(shipped, WantedItem(UNSENT))


@pytest.mark.parametrize(("length", "fits"), [(4000, True), (4001, False)])
def test_note_of_an_rma_has_at_most_four_thousand_characters(shipped: Desk, length: int, fits: bool) -> None:
    rma = make(shipped)
    if fits:
        assert actions.add_note(shipped, rma, "x" * length).notes[0].text == "x" * length
    else:
        with pytest.raises(RuleRefused, match=r"Note: 4,001 characters; at most 4,000 are allowed"):
            actions.add_note(shipped, rma, "x" * length)


def test_file_without_rows_or_with_wrong_ones_stores_nothing(shipped: Desk, tmp_path: Path) -> None:
    file = tmp_path / "returns.csv"
    file.write_text("order_id,reason,quantity\n", encoding="utf-8")
    with pytest.raises(RuleRefused, match="The file has no rows"):
        csv_import.save(shipped, csv_import.preview(shipped, str(file)))
    file.write_text(f"order_id,line_id,reason,quantity\n{ORDER},{PHONE},Other,9\n", encoding="utf-8")
    seen = csv_import.preview(shipped, str(file))
    with pytest.raises(RuleRefused, match="1 row cannot be imported") as refused:
        csv_import.save(shipped, seen)
    assert refused.value.advice == str(seen.errors[0])
    assert not Return.select().exists()


def test_one_line_is_received_where_the_rma_has_several(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PHONE), WantedItem(PAIR))
    with pytest.raises(RuleRefused, match="has several lines") as refused:
        actions.receive(shipped, rma)
    assert refused.value.field == "line"
    with pytest.raises(RuleRefused, match=rf"has no line {UNSENT}"):
        actions.receive(shipped, rma, line_id=UNSENT)
    actions.receive(shipped, rma, line_id=PAIR, quantity=2, damaged=2)
    items = {item.line_id: item for item in returns.show(shipped, rma).items}
    assert (items[PAIR].received_quantity, items[PAIR].damaged_quantity, items[PHONE].received_quantity) == (2, 2, 0)
    row = ReturnReceipt.get()
    assert (row.quantity, row.damaged, row.differs) == (2, 2, False)


@pytest.mark.parametrize("word", ["Not Decided", "not-decided", " NOT_DECIDED "])
def test_word_of_an_action_is_read_however_it_is_written(shipped: Desk, word: str) -> None:
    rma = make(shipped, WantedItem(PHONE))
    actions.resolve(shipped, rma, "repair")
    assert actions.resolve(shipped, rma, word).items[0].resolution == "not_decided"
    with pytest.raises(ConfigError, match="'lost' is no resolution") as refused:
        actions.resolve(shipped, rma, "lost")
    assert refused.value.field == "resolution"


def test_rma_counts_its_pieces_devices_and_what_was_refunded_in_it(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PHONE), WantedItem(PAIR))
    return_refund.refund(shipped, rma, RefundRequest("issue_refund", {PHONE: eur("60")}))
    return_refund.refund(shipped, rma, RefundRequest("issue_refund", {PAIR: eur("1")}, shipping=eur("2")))
    view = returns.show(shipped, rma)
    row = view.row
    assert (row.pieces, row.received_pieces, row.received, row.skus) == (3, 0, "not_received", "PHN, CHG ×2")
    assert (row.refunded, row.refund_summary) == (eur("63"), f"63.00 EUR refunded in RMA {rma}")
    assert [item.refunded for item in view.items] == [eur("60"), eur("1")]
    Refund.update(state="failed").where(Refund.amount == 6000).execute()
    assert [item.refunded for item in returns.show(shipped, rma).items] == [eur("0"), eur("1")]
    (listed,) = return_search.listing(shipped)
    assert listed.refunded == eur("3")


def test_device_that_was_sent_here_counts_as_the_one_that_went_out(shipped: Desk) -> None:
    take_in(shipped, raw_order(9, [raw_line(90, 2)], state=3))
    devices = (given(90, OTHER_IMEI),)
    shipping.ship(shipped, 9, ShipRequest("1Z999AA10123456784", "UPS", identifiers=devices, accept_doubts=True))
    rma = returns.create(shipped, 9, ReturnRequest(reason="Other")).row.rma_id
    view = actions.receive(shipped, rma, imei=IMEI)
    assert view.items[0].differs
    assert OTHER_IMEI in view.items[0].alarm
    assert IMEI in view.items[0].alarm


def test_history_of_an_rma_is_of_its_own_rows_alone(shipped: Desk) -> None:
    OrderLine.update(state=4).where(OrderLine.line_id == UNSENT).execute()
    rma = make(shipped, WantedItem(PHONE), WantedItem(PAIR))
    for line in (PHONE, PAIR):
        actions.receive(shipped, rma, line_id=line)
    return_refund.cancel_order(shipped, rma, note="All came back.")
    assert [entry.action for entry in returns.show(shipped, rma).history] == [
        "return.created",
        "return.received",
        "return.received",
        "return.cancelled",
    ]


def test_quantities_of_a_receipt_begin_with_one_piece_and_no_damaged_one() -> None:
    read = request_read.received(Answers({"line": ("2",), "quantity": ("1",), "damaged": ("0",)}))
    assert (read["quantity"], read["damaged"]) == (1, 0)
    with pytest.raises(RuleRefused):
        request_read.received(Answers({"line": ("2",), "quantity": ("0",)}))
