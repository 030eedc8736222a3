"""States of packing and shipping: locks, pieces of a station, and what is left of an order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from helpers import line_of, order_of

from bmtui.desk.core.context import Desk
from bmtui.desk.shipping import (
    carriers,
    follow_effects,
    packing_locks,
    scan_labels,
    shipped_state,
)
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import given
from bmtui.desk.shipping.packing_locks import Held, Lease
from bmtui.desk.shipping.scan_codes import Command, Kind, classify, is_device, is_name
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.desk.shipping.station_state import Piece, Station
from bmtui.errors import RuleRefused
from bmtui.store.models import Audit, Effect, Order, OrderLine, PackingLease, Shipment, ShipmentLine, Unit
from bmtui.words import EffectState

IMEI, OTHER, SERIAL, LABEL = "356938035643809", "490154203237518", "C02XK1ABCDEF", "1Z999AA10123456784"
PARCEL = ShipRequest(LABEL, "UPS", accept_doubts=True)


# Locks


@pytest.mark.parametrize(
    ("seconds", "since"),
    [(0, "less than a minute"), (59, "less than a minute"), (60, "1 min"), (7199, "119 min"), (7200, "2 h")],
)
def test_lock_says_for_how_long_an_order_is_packed(seconds: int, since: str) -> None:
    assert Lease("Ann", timedelta(seconds=seconds)).sentence == f"Ann packs it, for {since} now."


def test_lock_is_kept_by_its_holder_and_taken_over_by_another_with_a_word(rack: Desk) -> None:
    order, now = order_of(1), rack.now()

    def after(minutes: int) -> Desk:
        moment = now + timedelta(minutes=minutes)
        return replace(rack, now=lambda: moment)

    at = [after(minutes) for minutes in range(4)]
    packing_locks.take(at[0], order, "a", "Ann")
    packing_locks.take(at[1], order, "a", "Ann")
    assert packing_locks.of_order(at[2], order) == Lease("Ann", timedelta(minutes=2))
    with pytest.raises(Held, match="Order 1: Ann packs it, for 2 min now") as held:
        packing_locks.take(at[2], order, "b", "Bob")
    assert held.value.lease.name == "Ann"
    packing_locks.take(at[2], order_of(2), "a", "Ann")
    packing_locks.take(at[2], order, "b", "Bob", over=True)
    assert packing_locks.of_order(at[3], order) == Lease("Bob", timedelta(minutes=1))
    told = Audit.get(Audit.action == "packing.taken_over")
    assert (told.summary, told.order_ref) == ("Bob took the packing over. Ann packs it, for 2 min now.", order.id)
    with pytest.raises(Held, match="Bob packs it, for 1 min"):
        packing_locks.must_hold(at[3], order, "a")
    packing_locks.release_all("a")
    assert [row.holder for row in PackingLease.select()] == ["b"]
    packing_locks.release(order_of(2).id, "b")
    packing_locks.must_hold(at[3], order, "b")


# The station


def piece(left: int, needs: str | None, *, kept: int = 0, known: int = 0, **more: Any) -> Piece:
    numbers = tuple(given(10, number) for number in (IMEI, OTHER)[:known])
    return Piece(10, "PHN", "Phone", left, needs, kept, numbers, **more)


@pytest.mark.parametrize(
    ("one", "missing", "unsure", "asked", "count"),
    [
        (piece(1, "imei"), 1, False, False, ""),
        (piece(3, "imei", kept=1, known=1), 1, False, False, "2/3"),
        (piece(3, "imei", kept=2, known=2), 0, False, False, "4/3"),
        (piece(3, "imei", waived=True), 0, False, False, "0/3"),
        (piece(2, None), 0, True, True, "0/2"),
        (piece(2, None, asks=False), 0, True, False, "0/2"),
        (piece(2, None, known=2), 0, False, False, "2/2"),
        (piece(2, ""), 0, False, False, "0/2"),
    ],
)
def test_piece_counts_the_devices_that_it_still_needs(
    one: Piece, missing: int, unsure: bool, asked: bool, count: str
) -> None:
    assert (one.missing, one.unsure, one.asked, one.count) == (missing, unsure, asked, count)


def test_station_waits_for_an_order_a_device_and_then_a_label() -> None:
    station = Station("holder", "Ann")
    assert (station.next_step, station.bad, station.judged, station.done) == ("order", False, False, 0)
    lacking = replace(station, order_id=1, pieces=(piece(1, "imei"), piece(1, None)))
    assert (lacking.next_step, lacking.missing) == ("device", (lacking.pieces[0],))
    assert replace(lacking, pieces=(piece(1, None),)).next_step == "label"


@pytest.mark.parametrize(
    ("text", "device"),
    [
        (f"{IMEI} 5G", True),
        ("3569 3803 5643 809", True),
        ("3569 3803 5643 800", False),
        (f"SN: {SERIAL}", True),
        (SERIAL, False),
    ],
)
def test_device_is_known_by_its_label_or_by_an_imei_with_whatever_is_around_it(text: str, device: bool) -> None:
    assert is_device(text) is device


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("123456789", Kind.ORDER, "123456789"),
        ("1234567890", Kind.SKU, "1234567890"),
        ("12345678901", Kind.TRACKING, "12345678901"),
        ("123-456/789", Kind.ORDER, "123456789"),
        ("BMO-" + "1" * 20, Kind.ORDER, "1" * 18),
        ("BMO-12A", Kind.SKU, "BMO-12A"),
        ("BM-NOTHING", Kind.SKU, "BM-NOTHING"),
        ("! why ", Kind.REASON, "why"),
        ("bm-take", Kind.COMMAND, Command.TAKE.value),
    ],
)
def test_code_without_an_order_is_known_by_its_shape_alone(text: str, kind: Kind, value: str) -> None:
    for wants in (False, True):
        found = classify(text, wants_device=wants)
        assert (found.kind, found.value) == (kind, value)


@pytest.mark.parametrize(("text", "name"), [("Ann 12", True), ("Anna1234", False), ("A1", False), ("--", False)])
def test_name_of_a_packer_is_mostly_letters(text: str, name: bool) -> None:
    assert is_name(text) is name


# Carriers


@pytest.mark.parametrize(
    ("url", "stored"),
    [("", ""), ("  https://ups.example/1 ", "https://ups.example/1"), ("HTTP://ups.example/1", "HTTP://ups.example/1")],
)
def test_address_of_a_parcel_is_kept_as_it_is(url: str, stored: str) -> None:
    assert carriers.link(url) == stored
    with pytest.raises(RuleRefused, match=f"'{'x' * 40}' is not a tracking URL") as refused:
        carriers.link("x" * 50)
    assert refused.value.field == "url"


def test_carrier_of_a_label_is_told_by_its_number(desk: Desk) -> None:
    settings = desk.settings
    assert [carriers.of_number(settings, number) for number in ("1z999aa1 0123456784", "12345")] == ["UPS", ""]
    assert [carriers.takes(settings, name, "1z999aa1 0123456784") for name in ("ups", " UPS ", "DHL", "Pigeon")] == [
        True,
        True,
        False,
        False,
    ]
    assert [carriers.has_shapes(settings, name) for name in ("ups", "Pigeon")] == [True, False]


def test_address_of_a_parcel_is_made_from_its_number_unless_it_is_given(desk: Desk) -> None:
    settings = desk.settings
    made = carriers.as_filled_in(settings, "A/1", "ups")
    assert (made.carrier, made.url, made.doubts) == ("UPS", "https://www.ups.com/track?tracknum=A%2F1", ())
    assert carriers.as_filled_in(settings, "A1", "UPS", " https://ups.example/1 ").url == "https://ups.example/1"
    assert carriers.as_filled_in(settings, "A1", " Pigeon Post ") == carriers.Tracking("A1", "Pigeon Post", "")
    with pytest.raises(RuleRefused, match="override the check of the tracking number"):
        carriers.tracking(settings, LABEL, "DHL", override=" \x1b ")


@pytest.mark.parametrize(
    ("asks", "carrier", "text", "device"),
    [
        (True, "UPS", "ABC-12345", True),
        (True, "UPS", LABEL, False),
        # Nobody knows what a label of it looks like: what can be one is one.
        (True, "Pigeon Post", "ABC-12345", False),
        (False, "UPS", "ABC-12345", False),
        (False, "UPS", IMEI, True),
        (True, "Pigeon Post", IMEI, True),
    ],
)
def test_code_is_a_device_where_one_may_be_scanned_and_no_label_looks_like_it(
    desk: Desk, asks: bool, carrier: str, text: str, device: bool
) -> None:
    station = Station("holder", "Ann", pieces=(piece(1, None, asks=asks), piece(1, "")))
    assert scan_labels.is_device(desk, station, carrier, text) is device


@pytest.mark.parametrize(
    ("carrier", "text", "chosen", "doubt"),
    [
        ("", LABEL, "UPS", ""),
        ("", "12345", "", ""),
        ("DHL", "12345", "DHL", ""),
        ("DHL", IMEI, "DHL", ""),
        ("DHL", "N/A", "DHL", ""),
        ("UPS", LABEL, "UPS", ""),
        ("DHL", LABEL, "UPS", f"The label {LABEL} is of UPS, and the order goes with DHL."),
    ],
)
def test_parcel_goes_with_the_carrier_of_its_label(
    desk: Desk, carrier: str, text: str, chosen: str, doubt: str
) -> None:
    station = Station("holder", "Ann", carrier=carrier)
    assert scan_labels.carrier_for(desk, station, text) == (chosen, doubt)


# What is left


def test_pieces_that_left_are_counted_by_line_and_a_withdrawn_parcel_counts_no_more(rack: Desk) -> None:
    order, phones, cable = order_of(1), line_of(10), line_of(11)

    def left() -> dict[int, int]:
        return shipped_state.left_to_ship(order.id, [line_of(10), line_of(11)])

    assert left() == {phones.id: 3, cable.id: 1}
    shipping.ship(rack, 1, replace(PARCEL, lines={10: 2}))
    assert left() == {phones.id: 1, cable.id: 1}
    assert (order_of(1).shipping_status, order_of(1).status) == ("partially_shipped", "in_process")
    OrderLine.update(state=4).where(OrderLine.id == cable.id).execute()
    assert left() == {phones.id: 1}
    OrderLine.update(state=3).where(OrderLine.id == phones.id).execute()
    assert left() == {}
    OrderLine.update(state=2).where(OrderLine.id == phones.id).execute()
    Shipment.update(state="withdrawn").execute()
    assert left() == {phones.id: 3}


def test_order_is_shipped_here_with_its_last_piece_and_in_its_own_status_only(rack: Desk) -> None:
    shipping.ship(rack, 1, replace(PARCEL, lines={10: 3}))
    shipping.ship(rack, 1, replace(PARCEL, tracking="1Z999AA10123456785"))
    row = order_of(1)
    assert (row.shipping_status, row.status, row.channel_notified) == ("fully_shipped", "completed", False)
    assert LABEL in row.search_text
    version = row.version
    shipped_state.settle_order(row.id)
    assert order_of(1).version == version
    # What a person said of the order stays.
    Order.update(status="on_hold").where(Order.id == row.id).execute()
    Shipment.update(state="notified").where(Shipment.whole).execute()
    shipped_state.settle_order(row.id)
    assert (order_of(1).status, order_of(1).channel_notified, order_of(1).version) == ("on_hold", True, version + 1)


def test_order_that_the_channel_shows_as_shipped_is_so_whatever_part_left_here(rack: Desk) -> None:
    shipping.ship(rack, 1, replace(PARCEL, lines={10: 1}))
    read = {"shipping_status": "fully_shipped", "channel_notified": True, "search_text": "1"}
    shipped_state.merge(order_of(1), [3, 3], read)
    assert read == {"shipping_status": "fully_shipped", "channel_notified": True, "search_text": f"1 {LABEL}"}
    read = {"shipping_status": "unshipped", "channel_notified": False, "search_text": ""}
    shipped_state.merge(order_of(1), [4, 4], read)
    assert read["shipping_status"] == "unshipped"


def test_orders_with_parcels_or_devices_of_ours_are_told_from_others(rack: Desk) -> None:
    rows = [order_of(number).id for number in (1, 2)]
    assert shipped_state.among(rows) == set()
    shipping.ship(rack, 2, replace(PARCEL, identifiers=(given(20, IMEI),)))
    assert (shipped_state.among(rows), shipped_state.among(rows[:1])) == ({rows[1]}, set())
    ShipmentLine.delete().execute()
    Shipment.delete().execute()
    assert shipped_state.among(rows) == {rows[1]}


@pytest.mark.parametrize(
    ("state", "after"),
    [("waiting", "withdrawn"), ("kept", "withdrawn"), ("queued", "queued"), ("confirmed", "confirmed")],
)
def test_devices_that_were_not_sent_are_withdrawn_with_their_parcel(rack: Desk, state: str, after: str) -> None:
    shipping.ship(rack, 2, replace(PARCEL, identifiers=(given(20, IMEI),)))
    Unit.update(state=state).execute()
    shipped_state.void_units(order_of(1).id)
    assert Unit.get().state == state
    shipped_state.void_units(order_of(2).id)
    assert Unit.get().state == after


def test_withdrawn_device_is_found_by_its_number_only_where_a_line_of_the_order_has_it(rack: Desk) -> None:
    shipping.ship(rack, 2, replace(PARCEL, identifiers=(given(20, IMEI),)))
    Unit.update(state="withdrawn").execute()
    OrderLine.update(imei=IMEI).where(OrderLine.line_id == 20).execute()
    shipped_state.settle_order(order_of(2).id)
    assert IMEI in order_of(2).search_text
    OrderLine.update(imei="").where(OrderLine.line_id == 20).execute()
    OrderLine.update(imei=IMEI).where(OrderLine.line_id == 11).execute()
    shipped_state.settle_order(order_of(2).id)
    assert IMEI not in order_of(2).search_text


def test_parcel_that_did_not_leave_withdraws_its_devices(rack: Desk) -> None:
    made = shipping.ship(rack, 2, replace(PARCEL, identifiers=(given(20, IMEI),)))
    Shipment.update(state="failed").execute()
    Unit.update(state="waiting").execute()
    shipping.dismiss(rack, made.shipment_id, "fell off the table")
    assert (Unit.get().state, IMEI in order_of(2).search_text) == ("withdrawn", False)


def test_device_that_was_ignored_is_kept_here_and_the_others_stay_as_they_are(rack: Desk) -> None:
    shipping.ship(rack, 1, replace(PARCEL, lines={10: 2}, identifiers=(given(10, IMEI), given(10, OTHER))))
    one, two = Unit.select().order_by(Unit.id)
    Unit.update(state="not_applied").execute()
    follow_effects.follow_units(rack, Effect(subject_id=one.id), EffectState.REJECTED, "It was ignored.")
    states = [(unit.state, unit.error) for unit in Unit.select().order_by(Unit.id)]
    assert states == [("kept", "It was ignored."), ("not_applied", two.error)]
