"""Scan station from order to order: what it remembers, what it forgets with the next code, and its questions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers import raw_line, raw_order, take_in, ups_number

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.overview import order as overview
from bmtui.desk.shipping import carriers, identifiers, scan_station
from bmtui.desk.shipping.scan_station import Station
from bmtui.desk.shipping.station_state import RECENT
from bmtui.store.models import Effect, Order, OrderLine, PackingLease, Shipment

GOOD, OTHER, THIRD, SERIAL = "356938035643809", "490154203237518", "353270040000004", "C02XK1ABCDEF"
LABEL = "1Z999AA10123456784"


@pytest.fixture
def shelf(offline: Desk) -> Desk:
    """Desk with seven orders of a phone, one of a phone and a laptop, one of two phones, and one of a charger."""
    take_in(
        offline,
        *(raw_order(number, [raw_line(number * 10, 2, sku="PHN")], state=3, shipper="UPS") for number in range(1, 8)),
        raw_order(8, [raw_line(80, 2, sku="PHN"), raw_line(81, 2, sku="LAP")], state=3, shipper="UPS"),
        raw_order(9, [raw_line(90, 2, sku="PHN", quantity=2)], state=3, shipper="UPS"),
        raw_order(10, [raw_line(100, 2, sku="ACC")], state=3, shipper="UPS"),
    )
    companies.change(offline, None, {"identifier_policy": "PHN=imei; LAP=serial; ACC=none"})
    return replace(offline, undo=True)


def packer(name: str = "Ann") -> Station:
    return Station(f"holder of {name}", name)


def scan(desk: Desk, now: Station, *codes: str) -> Station:
    for code in codes:
        now = scan_station.scan(desk, now, code)
    return now


def test_station_counts_its_parcels_and_shows_the_last_five_newest_first(shelf: Desk) -> None:
    numbers = [f"35693803564{place:03}" for place in range(7)]
    devices = [next(body + digit for digit in "0123456789" if identifiers.wrong_with(
        identifiers.given(10, body + digit, "imei")) is None) for body in numbers]  # fmt: skip
    now = packer()
    for order, device in enumerate(devices, start=1):
        now = scan(shelf, now, str(order), device, ups_number(order))
        assert (now.bad, now.done, now.judged, now.order_id) == (False, order, True, None), now.message
        assert now.last == Effect.select().order_by(Effect.id.desc()).first().id
    assert [parcel.order_id for parcel in now.recent] == [7, 6, 5, 4, 3][:RECENT]
    first = now.recent[0]
    assert (first.carrier, first.tracking_number, first.devices, first.undone) == (
        "UPS",
        ups_number(7),
        (devices[6],),
        False,
    )
    assert now.message == f"Order 7 is shipped: UPS {ups_number(7)}. Scan the next order."
    # What it did stays when it begins, or puts aside, another order.
    begun = scan(shelf, now, "8")
    assert (begun.done, begun.last, begun.recent) == (7, now.last, now.recent)
    aside = scan(shelf, begun, "BM-CANCEL")
    assert (aside.done, aside.last, aside.recent) == (7, now.last, now.recent)
    assert (aside.message, PackingLease.select().count()) == ("Order 8 is put aside. Scan an order.", 0)
    assert scan(shelf, aside, "BM-CANCEL").message == "Scan an order."


def test_order_that_is_packed_is_finished_first_and_may_be_scanned_again(shelf: Desk) -> None:
    begun = scan(shelf, packer(), "1")
    other = scan(shelf, begun, "2")
    assert (other.bad, other.order_id) == (True, 1)
    assert other.message.startswith("Order 1 is not finished: this is order 2.")
    again = scan(shelf, other, "1")
    assert (again.bad, again.order_id, again.wanted) == (False, 1, None)
    assert scan(shelf, begun, "\n") == begun


def test_read_only_station_packs_nothing(shelf: Desk) -> None:
    now = scan(replace(shelf, read_only=True), packer(), "1")
    assert (now.bad, now.order_id, "read-only" in now.message) == (True, None, True)
    assert not PackingLease.select().exists()


def test_order_of_another_packer_is_wanted_until_another_code_is_scanned(shelf: Desk) -> None:
    scan(shelf, packer("Bob"), "1")
    held = scan(shelf, packer(), "1")
    assert (held.bad, held.wanted, held.order_id) == (True, 1, None)
    over = scan(shelf, held, "BM-TAKE")
    assert (over.bad, over.order_id, PackingLease.get().name) == (False, 1, "Ann")
    nothing = scan(shelf, packer(), "BM-TAKE")
    assert (nothing.bad, "There is no order to take over" in nothing.message) == (True, True)
    assert scan(shelf, packer(), "BM-YES").message == "Nothing waits for a confirmation."


def test_sku_says_what_to_scan_next_and_chooses_the_line_of_the_next_device(shelf: Desk) -> None:
    begun = scan(shelf, packer(), "8")
    assert begun.message == "Scan the IMEI of PHN."
    laptop = scan(shelf, begun, "lap")
    assert (laptop.message, laptop.line_id) == ("LAP: now scan its serial number.", 81)
    assert [piece.seen for piece in laptop.pieces] == [False, True]
    wrong = scan(shelf, laptop, GOOD)
    assert (wrong.bad, wrong.message.startswith(f"LAP needs its serial number, not {GOOD}:")) == (True, True)
    known = scan(shelf, wrong, SERIAL)
    assert (known.message, known.line_id) == (f"LAP: serial number {SERIAL}. Scan the IMEI of PHN.", None)
    right = scan(shelf, known, "LAP")
    assert right.message == "LAP: right. Scan the IMEI of PHN."
    ready = scan(shelf, scan(shelf, right, "BM-CANCEL", "8"), "LAP", SERIAL, GOOD)
    assert (ready.message, ready.next_step) == (f"PHN: IMEI {GOOD}. Scan the label.", "label")
    extra = scan(shelf, ready, f"imei:{OTHER}")
    assert extra.bad


def test_device_of_the_wrong_kind_names_what_the_order_waits_for(shelf: Desk) -> None:
    begun = scan(shelf, packer(), "1")
    wrong = scan(shelf, begun, SERIAL)
    assert wrong.message.startswith(f"This order waits for the IMEI of PHN, not {SERIAL}:")
    charger = scan(shelf, packer("Bob"), "10")
    assert (charger.message, charger.next_step) == ("Scan the label.", "label")


def test_pieces_of_a_line_are_counted_and_one_device_is_taken_once(shelf: Desk) -> None:
    begun = scan(shelf, packer(), "9")
    assert begun.message == "Scan the IMEI of PHN (1 of 2)."
    one = scan(shelf, begun, GOOD)
    assert one.message == f"PHN: IMEI {GOOD} (1/2). Scan the IMEI of PHN (2 of 2)."
    twice = scan(shelf, one, GOOD)
    assert (twice.bad, "in this order twice" in twice.message, twice.refused is None) == (True, True, False)
    both = scan(shelf, twice, OTHER)
    assert (both.bad, both.refused, both.pieces[0].count) == (False, None, "2/2")


def test_registered_device_is_not_asked_for_again(shelf: Desk) -> None:
    OrderLine.update(imei=GOOD).where(OrderLine.line_id == 10).execute()
    OrderLine.update(serial_number=SERIAL).where(OrderLine.line_id == 20).execute()
    for order in ("1", "2"):
        begun = scan(shelf, packer(order), order)
        assert (begun.message, [piece.needs for piece in begun.pieces]) == ("Scan the label.", [""])


def test_reason_is_for_the_last_refusal_alone(shelf: Desk) -> None:
    begun = scan(shelf, packer(), "1")
    assert scan(shelf, begun, "!why not").message == "No reason is needed now."
    wrong = scan(shelf, begun, "356938035643800")
    assert wrong.refused is not None
    assert scan(shelf, wrong, "!").message.startswith("The reason is empty.")
    forgotten = scan(shelf, wrong, "PHN")
    assert (forgotten.refused, scan(shelf, forgotten, "!x").message) == (None, "No reason is needed now.")
    taken = scan(shelf, wrong, "!read from the box")
    assert (taken.bad, taken.override) == (False, "356938035643800: read from the box")
    assert scan(shelf, taken, LABEL).done == 1
    notes = [note.text for note in overview.show(shelf, 1).notes]
    assert not notes or all("override" not in note.lower() for note in notes)


def test_label_before_all_devices_names_what_is_missing(shelf: Desk) -> None:
    begun = scan(shelf, packer(), "9")
    early = scan(shelf, begun, LABEL)
    assert (early.bad, early.refused_missing) == (True, True)
    assert early.message.startswith("Scan the devices before the label: 2 × PHN missing")
    assert scan(shelf, early, GOOD).refused_missing is False
    assert not Shipment.select().exists()


def test_parcel_that_was_taken_back_is_marked_and_the_others_stay(shelf: Desk) -> None:
    one = scan(shelf, packer(), "1", GOOD, LABEL)
    assert [(parcel.order_id, parcel.undone) for parcel in one.recent] == [(1, False)]
    two = scan(shelf, replace(one, recent=(*one.recent, replace(one.recent[0], order_id=99))), "BM-UNDO")
    assert (two.bad, two.done, two.last) == (False, 0, None)
    assert [(parcel.order_id, parcel.undone) for parcel in two.recent] == [(1, True), (99, False)]
    assert overview.show(shelf, 1).row.shipping_status == "unshipped"
    again = scan(shelf, two, "BM-UNDO")
    assert (again.bad, "There is no shipment to take back" in again.message) == (True, True)


def test_label_of_the_order_is_known_as_such_whatever_it_looks_like(shelf: Desk) -> None:
    Order.update(tracking_number="BMS6").where(Order.order_id == 1).execute()
    early = scan(shelf, packer(), "1", "bms6")
    assert (early.bad, early.refused_missing) == (True, True)
    assert early.message.startswith("Scan the devices before the label: 1 × PHN missing")


def test_code_after_a_sku_is_its_device_and_never_the_label(shelf: Desk) -> None:
    charger = scan(shelf, packer(), "10", "ACC", SERIAL)
    assert (charger.bad, charger.order_id, charger.done) == (True, 10, 0)
    assert charger.refused is not None
    assert charger.refused.value == SERIAL
    assert not Shipment.select().exists()


def test_label_of_the_order_that_looks_like_a_device_is_the_label(shelf: Desk) -> None:
    Order.update(tracking_number=OTHER).where(Order.order_id << [1, 2]).execute()
    begun = scan(shelf, packer(), "1", GOOD)
    assert (begun.message, begun.pieces[0].seen) == (f"PHN: IMEI {GOOD}. Scan the label {OTHER}.", True)
    assert scan(shelf, begun, THIRD).message.startswith("This order needs no further device")
    done = scan(shelf, begun, OTHER)
    assert done.message == f"Order 1 is shipped: UPS {OTHER}. Scan the next order."


def test_parcels_that_were_taken_back_stay_marked(shelf: Desk) -> None:
    one = scan(shelf, packer(), "1", GOOD, LABEL, "BM-UNDO")
    two = scan(shelf, one, "2", OTHER, ups_number(2), "BM-UNDO")
    assert [(parcel.order_id, parcel.undone) for parcel in two.recent] == [(2, True), (1, True)]


@pytest.mark.parametrize("code", ["BM-CANCEL", "BM-UNDO", "BM-TAKE", "1", "!sure", "PHN"])
def test_question_is_answered_by_yes_alone(shelf: Desk, code: str) -> None:
    companies.change(shelf, None, {"identifier_policy": "PHN=ask"})
    asked = scan(shelf, packer(), "1", LABEL)
    assert (asked.bad, asked.asked is None, asked.message.endswith("Scan BM-YES if all is right.")) == (
        True,
        False,
        True,
    )
    assert f"{LABEL} is accepted as the label." in asked.message
    other = scan(shelf, asked, code)
    assert (other.asked, other.done, Shipment.select().count()) == (None, 0, 0)
    assert scan(shelf, other, "BM-YES").message == "Nothing waits for a confirmation."
    assert scan(shelf, asked, "BM-YES").done == (1 if other.order_id else 0)


def test_desk_that_became_read_only_ships_no_order_that_is_packed(shelf: Desk) -> None:
    now = scan(replace(shelf, read_only=True), scan(shelf, packer(), "1", GOOD), LABEL)
    assert (now.bad, now.done, "read-only" in now.message) == (True, 0, True)
    assert not Shipment.select().exists()


def test_reason_is_asked_for_once(shelf: Desk) -> None:
    without = scan(shelf, packer(), "1", LABEL, "!lost in the box")
    assert (without.bad, without.message) == (False, "It is shipped without. Scan the label.")
    assert scan(shelf, without, "!really").message == "No reason is needed now."
    assert scan(shelf, without, LABEL).done == 1


def test_number_that_a_spreadsheet_spoilt_is_told_as_that_and_not_as_a_label(shelf: Desk) -> None:
    spoilt = scan(shelf, packer(), "1.23457E+14")
    assert (spoilt.bad, "is a label" in spoilt.message) == (True, False)
    assert scan(shelf, packer(), LABEL).message.startswith(f"{LABEL} is a label, not an order.")


@pytest.mark.parametrize(("number", "doubted"), [("123456", False), ("123456789", True)])
def test_serial_number_of_digits_is_doubted_where_it_has_the_shape_of_a_label(
    shelf: Desk, number: str, doubted: bool
) -> None:
    assert carriers.takes(shelf.settings, "UPS", number) is doubted
    now = scan(shelf, packer(), "8", "LAP", f"serial:{number}")
    assert (now.bad, f"{number} may be the label of UPS." in now.message) == (doubted, doubted)
