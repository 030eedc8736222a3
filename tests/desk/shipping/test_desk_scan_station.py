"""Scan station: order, device, label; a wrong scan stops it before anything is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from helpers import raw_line, raw_order, take_in

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import order as overview
from bmtui.desk.shipping import identifiers, scan_station
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.scan_station import Station
from bmtui.store.models import Effect, PackingLease, Shipment, Unit

GOOD, OTHER = "356938035643809", "490154203237518"
LABEL = "1Z999AA10123456784"
SOLD = ("353270040000004", "350000000000014", "350000000000022")
FEDEX = "612999999993"


@pytest.fixture
def shelf(offline: Desk) -> Desk:
    """Phones that go out with an IMEI, laptops with a serial number, chargers with neither; and orders of them."""
    companies.change(offline, None, {"identifier_policy": "PHN*=imei; LAP=serial"})
    take_in(
        offline,
        *(raw_order(900 + n, [raw_line(9000 + n, 3, sku="PHN", imei=SOLD[n])]) for n in range(3)),
        *(raw_order(910 + n, [raw_line(9100 + n, 3, sku="LAP", serial_number=f"S{n}")]) for n in range(3)),
        raw_order(1, [raw_line(10, 2, sku="PHN")], state=3, shipper="UPS"),
        raw_order(2, [raw_line(20, 2, sku="PHN"), raw_line(21, 2, sku="LAP"), raw_line(22, 2, sku="CHG")], state=3),
        raw_order(3, [raw_line(30, 1, sku="PHN")], state=1),
        raw_order(4, [raw_line(40, 2, sku="PHN", quantity=2)], state=3, shipper="UPS"),
        raw_order(5, [raw_line(50, 2, sku="CHG")], state=3, shipper="FedEx"),
        raw_order(6, [raw_line(60, 2, sku="PHN")], state=3, shipper="DHL", tracking_number="BMS6", is_backship=True),
    )
    return replace(offline, undo=True)


def packer(name: str = "Ann") -> Station:
    return Station(f"holder of {name}", name)


def scan(desk: Desk, now: Station, *codes: str) -> Station:
    for code in codes:
        now = scan_station.scan(desk, now, code)
    return now


def test_three_scans_ship_an_order(shelf: Desk) -> None:
    begun = scan(shelf, packer(), "1")
    assert packer().next_step == "order"
    assert (begun.bad, begun.next_step, begun.message) == (False, "device", "Scan the IMEI of PHN.")
    assert PackingLease.get().name == "Ann"
    ready = scan(shelf, begun, GOOD)
    assert (ready.bad, ready.next_step) == (False, "label")
    done = scan(shelf, ready, LABEL)
    assert (done.bad, done.order_id, done.done) == (False, None, 1)
    assert "Order 1 is shipped: UPS 1Z999AA10123456784. Scan the next order." in done.message
    view = overview.show(shelf, 1)
    assert (view.row.shipping_status, view.lines[0].imei) == ("fully_shipped", GOOD)
    assert not PackingLease.select().exists()
    # And taken back within its undo window.
    undone = scan(shelf, done, "BM-UNDO")
    assert (undone.bad, undone.done) == (False, 0)
    assert overview.show(shelf, 1).row.shipping_status == "unshipped"
    assert scan(shelf, undone, "BM-UNDO").bad


def test_piece_whose_identifier_the_channel_has_needs_no_scan(shelf: Desk) -> None:
    take_in(shelf, raw_order(7, [raw_line(70, 2, sku="PHN", imei=GOOD)], state=3, shipper="UPS"))
    ready = scan(shelf, packer(), "7")
    assert (ready.bad, ready.next_step) == (False, "label")
    assert scan(shelf, ready, LABEL).done == 1


def test_serial_number_that_looks_like_the_carriers_label_is_asked_about(shelf: Desk) -> None:
    take_in(shelf, raw_order(8, [raw_line(80, 2, sku="LAP")], state=3, shipper="FedEx"))
    asked = scan(shelf, packer(), "8", FEDEX)
    assert f"{FEDEX} may be the label of FedEx." in asked.message
    assert scan(shelf, asked, "BM-YES").next_step == "label"


def test_label_that_no_reason_overrides_is_refused_for_good(shelf: Desk) -> None:
    after = scan(shelf, packer(), "5", "A1" * 101)
    assert (after.bad, after.refused_label) == (True, "")
    assert "too long" in after.message
    assert "type !" not in after.message


def test_shipment_that_was_sent_is_not_taken_back_at_the_station(shelf: Desk) -> None:
    done = scan(shelf, packer(), "1", GOOD, LABEL)
    Effect.update(state="sending").execute()
    after = scan(shelf, done, "BM-UNDO")
    assert (after.bad, after.done) == (True, 1)
    assert "The last shipment is sent already; it cannot be taken back." in after.message
    assert overview.show(shelf, 1).row.shipping_status == "fully_shipped"


@pytest.mark.parametrize(
    ("text", "is_name"), [("Ann", True), ("", True), (" ", True), (GOOD, False), ("BM-UNDO", False)]
)
def test_code_in_the_field_of_the_packer_is_told_apart_from_a_name(text: str, is_name: bool) -> None:
    why = scan_station.why_no_name(text)
    assert why == ("" if is_name else f"'{text}' is a code, not a name: enter your name first, then scan it.")


@pytest.mark.parametrize(
    ("codes", "why"),
    [
        (["99"], "There is no order 99"),
        (["3"], "is not accepted yet"),
        ([GOOD], "is a device, not an order"),
        ([LABEL], "is a label, not an order"),
        (["PHN"], "is not an order"),
        (["BM-TAKE"], "no order to take over"),
        (["BM-UNDO"], "no shipment to take back"),
        (["!because"], "No reason is needed now"),
        (["1", LABEL], "Scan the devices before the label: 1 × PHN missing (the policy says PHN*=imei)"),
        (["1", GOOD[:-1] + "0"], "an IMEI whose check digit is wrong"),
        (["1", GOOD[:-1]], "it has 14 digits; an IMEI has 15"),
        (["1", SOLD[0]], "is on order 900 already"),
        (["1", "C02XK1"], "waits for the IMEI of PHN, not C02XK1"),
        (["1", "PHN", "C02XK1"], "needs its IMEI, not C02XK1: the policy says PHN*=imei"),
        (["1", "4006381333931"], "the EAN of a box"),
        (["1", "3.51E+14"], "turned into an exponent"),
        (["1", "=A1"], "a formula of a spreadsheet"),
        (["1", "000000000000000"], "a placeholder"),
        (["1", 'é"_çè(à"_à&éç'], "a scan with the keyboard set to AZERTY"),
        (["1", "BM-YES"], "Nothing waits for a confirmation"),
        (["1", GOOD, "PHN", OTHER], "can have 1 of these numbers, not 2"),
        (["1", GOOD, OTHER], "one too many"),
        (["1", "2"], "Order 1 is not finished"),
        (["1", GOOD, "3SABCD1234567890", "BM-YES", "4", GOOD], "is on order 1 already"),
        (["1", GOOD, GOOD], "one too many"),
        (["1", GOOD, GOOD[:-1] + "0"], "whose check digit is wrong, not a tracking number"),
        (["1", GOOD, "4006381333931"], "the EAN of a box, not a tracking number"),
        (["1", GOOD, "6.12346E+11"], "turned into an exponent"),
        (["1", GOOD, "3SABCD1234567890"], "is of PostNL, and the order goes with UPS"),
        (["5", "12345"], "Order 5 is not finished: this is order 12345"),
        (["6", GOOD, "JJD000000000000001"], "is not the label of this order: that is BMS6"),
    ],
)
def test_wrong_scan_stops_the_station_and_stores_nothing(shelf: Desk, codes: list[str], why: str) -> None:
    before = scan(shelf, packer(), *codes[:-1])
    shipments = Shipment.select().count()
    after = scan(shelf, before, codes[-1])
    assert after.bad
    assert why in after.message
    assert after.order_id == before.order_id
    assert Shipment.select().count() == shipments


def test_station_stops_at_an_order_on_hold_or_of_another_status(shelf: Desk) -> None:
    internal_cancel.cancel_internally(shelf, 1, "on_hold", "asking")
    stopped = scan(shelf, packer(), "1")
    assert (stopped.bad, "is On Hold here" in stopped.message) == (True, True)
    assert not PackingLease.select().exists()


def test_station_of_a_company_that_sends_nothing_stops_before_packing(shelf: Desk) -> None:
    companies.change(shelf, None, {"enabled": "false"})
    now = scan(shelf, packer(), "1")
    assert now.bad
    assert "is not enabled for Shop" in now.message
    assert now.order_id is None
    assert "is not enabled for Shop" in (shipping.options(shelf, 1).why_not or "")


def test_label_scanned_before_the_identifier_names_the_line_that_lacks_it(shelf: Desk) -> None:
    take_in(shelf, raw_order(7, [raw_line(70, 2, sku="CHG"), raw_line(71, 2, sku="CAB")], state=3, shipper="UPS"))
    for order, said in (("5", "1 × CHG is shipped without"), ("7", "1 × CAB is shipped without")):
        now = scan(shelf, packer(), order, LABEL)
        assert now.bad
        assert said in now.message


def test_an_order_cancelled_while_it_is_packed_is_not_shipped(shelf: Desk) -> None:
    ready = scan(shelf, packer(), "1", GOOD)
    take_in(shelf, raw_order(1, [raw_line(10, 5, sku="PHN")], date_modification="2026-11-03T10:00:00+00:00"))
    stopped = scan(shelf, ready, LABEL)
    assert stopped.bad
    assert not Shipment.select().exists()
    assert not Effect.select().exists()


def test_the_sku_decides_which_line_a_device_is_of(shelf: Desk) -> None:
    begun = scan(shelf, packer(), "2", GOOD, "C02XK1")
    assert [(piece.sku, [one.value for one in piece.known]) for piece in begun.pieces] == [
        ("PHN", [GOOD]),
        ("LAP", ["C02XK1"]),
        ("CHG", []),
    ]
    # A charger goes out with nothing; its SKU may be scanned as a check.
    seen = scan(shelf, begun, "chg")
    assert (seen.bad, seen.next_step) == (False, "label")


def test_two_lines_that_a_device_can_be_of_ask_for_the_sku(shelf: Desk) -> None:
    take_in(
        shelf,
        *(raw_order(920 + n, [raw_line(9200 + n, 3, sku="PHN-B", imei=f"{n + 50:015}")]) for n in range(3)),
        raw_order(7, [raw_line(70, 2, sku="PHN"), raw_line(71, 2, sku="PHN-B")], state=3, shipper="UPS"),
    )
    asked = scan(shelf, packer(), "7", GOOD)
    assert asked.bad
    assert "can be of PHN or PHN-B" in asked.message
    done = scan(shelf, asked, "PHN-B", GOOD, OTHER, LABEL)
    assert not done.bad
    assert {line.sku: line.imei for line in overview.show(shelf, 7).lines} == {"PHN": OTHER, "PHN-B": GOOD}


def test_a_line_of_two_pieces_asks_for_two_devices(shelf: Desk) -> None:
    half = scan(shelf, packer(), "4", GOOD)
    assert half.next_step == "device"
    assert "twice" in scan(shelf, half, GOOD).message
    done = scan(shelf, half, OTHER, LABEL)
    assert "line of 2 pieces" in done.message
    assert [unit.imei for unit in Unit.select().order_by(Unit.number)] == [GOOD, OTHER]


def test_an_override_needs_a_typed_reason(shelf: Desk) -> None:
    stopped = scan(shelf, packer(), "1", SOLD[0])
    assert "type ! and the reason" in stopped.message
    assert scan(shelf, stopped, "!").bad
    done = scan(shelf, stopped, "!", "!exchange of order 900", LABEL)
    assert not done.bad
    assert Unit.get().reason == f"{SOLD[0]}: exchange of order 900"


def test_typed_reason_at_the_station_overrides_only_the_last_code(shelf: Desk) -> None:
    stopped = scan(shelf, packer(), "1", SOLD[0], "4006381333931")
    refused = scan(shelf, stopped, "!exchange")
    assert refused.bad
    assert not refused.pieces[0].known


@pytest.mark.parametrize("code", [GOOD[:-1] + "0", GOOD[:-1], "4006381333931", "3.51E+14", SOLD[0]])
def test_device_that_was_refused_is_refused_again_when_it_is_scanned_again(shelf: Desk, code: str) -> None:
    begun = scan(shelf, packer(), "1")
    for _ in range(3):
        begun = scan(shelf, begun, code)
        assert begun.bad
        assert not begun.pieces[0].known
    assert scan(shelf, begun, "BM-YES").bad
    assert not Unit.select().exists()


@pytest.mark.parametrize("code", [GOOD[:-1] + "0", GOOD, "4006381333931", "6.12346E+11", "1Z99-TYPO-00"])
@pytest.mark.parametrize("order", ["1", "8"])
def test_label_that_was_refused_or_doubted_is_not_taken_by_a_second_scan(shelf: Desk, code: str, order: str) -> None:
    # PostNord has numbers of 10 to 20 digits, so that its pattern takes nearly anything.
    take_in(shelf, raw_order(8, [raw_line(80, 2, sku="PHN")], state=3, shipper="PostNord"))
    ready = scan(shelf, packer(), order, OTHER)
    for _ in range(3):
        ready = scan(shelf, ready, code)
        assert ready.bad
    assert not Shipment.select().exists()


def test_label_in_doubt_needs_a_confirmation_other_than_scanning_it_again(shelf: Desk) -> None:
    doubt = scan(shelf, packer(), "1", GOOD, "1Z99-TYPO-00")
    assert doubt.bad
    assert "does not look like a tracking number of UPS" in doubt.message
    # The question is about the last code: another one takes it away.
    assert scan(shelf, doubt, "99", "BM-YES").bad
    assert scan(shelf, doubt, "BM-YES").done == 1


def test_refused_label_is_taken_with_a_typed_reason_that_is_audited(shelf: Desk) -> None:
    stopped = scan(shelf, packer(), "5", GOOD[:-1] + "0")
    assert "whose check digit is wrong, not a tracking number" in stopped.message
    done = scan(shelf, stopped, "!read aloud by the courier", "BM-YES")
    assert done.done == 1
    view = overview.show(shelf, 5)
    assert any(row.action == "tracking.overridden" for row in view.history)
    assert [note.text for note in view.notes] == ["Tracking number overridden: read aloud by the courier"]


def test_number_of_fifteen_digits_is_the_device_while_one_may_be_scanned(shelf: Desk) -> None:
    # FedEx has numbers of 15 digits, too, and nobody knows yet by what a charger is known.
    as_device = scan(shelf, packer(), "5", GOOD)
    assert (as_device.bad, [one.value for one in as_device.pieces[0].known]) == (False, [GOOD])
    assert not scan(shelf, as_device, FEDEX).bad


def test_station_asks_when_carrier_and_label_do_not_fit(shelf: Desk) -> None:
    asked = scan(shelf, packer(), "1", GOOD, "3SABCD1234567890")
    assert (asked.bad, "of PostNL, and the order goes with UPS" in asked.message) == (True, True)
    assert scan(shelf, asked, "BM-YES").done == 1
    assert Shipment.get().carrier == "PostNL"


def test_label_of_a_device_is_taken_once_it_is_confirmed(shelf: Desk) -> None:
    asked = scan(shelf, packer(), "1", f"IMEI1: {GOOD}")
    assert (asked.bad, "was found in" in asked.message) == (True, True)
    ready = scan(shelf, asked, "BM-YES")
    assert [one.value for one in ready.pieces[0].known] == [GOOD]
    # It is not asked again with the label of the parcel.
    assert scan(shelf, ready, LABEL).done == 1


def test_station_ignores_the_second_character_of_a_line_end(shelf: Desk) -> None:
    stopped = scan(shelf, packer(), "99")
    assert scan(shelf, stopped, "\n", "") == stopped
    assert not scan(shelf, packer(), "1\r\n", f"{GOOD}\t", f"{LABEL}\n").bad


def test_station_needs_three_scans_even_for_a_carrier_without_a_number_format(shelf: Desk) -> None:
    take_in(shelf, raw_order(8, [raw_line(80, 2, sku="PHN")], state=3, shipper="PostNord"))
    assert scan(shelf, packer(), "8", GOOD, "73500123456789012").done == 1


def test_two_packers_cannot_hold_one_order(shelf: Desk) -> None:
    ann = scan(shelf, packer("Ann"), "1", GOOD)
    later = replace(shelf, now=lambda: shelf.now() + timedelta(minutes=12))
    bob = scan(later, packer("Bob"), "1")
    assert bob.bad
    assert "Ann packs it, for 12 min now. Scan BM-TAKE" in bob.message
    assert bob.order_id is None
    # Taken over knowingly, and the first one is told.
    taken = scan(later, bob, "BM-TAKE")
    assert (taken.bad, taken.order_id) == (False, 1)
    lost = scan(shelf, ann, LABEL)
    assert lost.bad
    assert "Bob packs it" in lost.message
    assert not Shipment.select().exists()
    aside = scan(shelf, lost, "BM-CANCEL")
    assert (aside.order_id, PackingLease.get().name) == (None, "Bob")
    done = scan(later, taken, GOOD, LABEL)
    assert done.done == 1
    assert any(row.action == "packing.taken_over" for row in overview.show(shelf, 1).history)


def test_closed_station_releases_its_order(shelf: Desk) -> None:
    begun = scan(shelf, packer(), "1")
    scan_station.close(shelf, begun)
    assert not scan(shelf, packer("Bob"), "1").bad


def test_identifier_entered_before_need_not_be_scanned(shelf: Desk) -> None:
    identifiers.identify(shelf, 1, [identifiers.given(10, GOOD)])
    begun = scan(shelf, packer(), "1")
    assert begun.next_step == "label"
    assert not scan(shelf, begun, LABEL).bad
    assert overview.show(shelf, 1).lines[0].imei == GOOD


def test_backship_waits_for_its_own_label(shelf: Desk) -> None:
    done = scan(shelf, packer(), "6", GOOD, "BMS6")
    assert (done.bad, done.done) == (False, 1)
    assert outbox.listing(shelf)[0].body["tracking_number"] == "BMS6"


def test_label_for_an_unknown_sku_is_taken_once_it_is_confirmed(shelf: Desk) -> None:
    begun = scan(shelf, packer(), "5")
    assert (begun.bad, begun.next_step) == (False, "label")
    assert begun.message == "Scan the IMEI of CHG, if it has one; else the label."
    stopped = scan(shelf, begun, FEDEX)
    assert (stopped.bad, "1 × CHG is shipped without an IMEI or serial number" in stopped.message) == (True, True)
    assert not Shipment.select().exists()
    # A device after all, or the label once more.
    device = scan(shelf, stopped, "CHG", GOOD)
    assert (device.bad, device.pieces[0].known[0].value) == (False, GOOD)
    assert scan(shelf, stopped, FEDEX).bad
    assert scan(shelf, stopped, "BM-YES").done == 1


def test_two_scans_ship_a_sku_without_an_identifier(shelf: Desk) -> None:
    take_in(shelf, *(raw_order(950 + n, [raw_line(9500 + n, 3, sku="CHG")]) for n in range(2)))
    begun = scan(shelf, packer(), "5")
    assert begun.message == "Scan the label."
    assert scan(shelf, begun, FEDEX).done == 1


def test_a_label_that_is_on_another_parcel_is_taken_once_it_is_confirmed(shelf: Desk) -> None:
    first = scan(shelf, packer(), "1", GOOD, LABEL)
    ready = scan(shelf, first, "4", OTHER, "350000000000006")
    stopped = scan(shelf, ready, LABEL)
    assert (stopped.bad, "is on the parcel of order 1 already" in stopped.message) == (True, True)
    assert scan(shelf, stopped, LABEL).bad
    assert scan(shelf, stopped, "BM-YES").done == 2
