"""Identifier policy: by SKU, with a default by product, obeyed by every way to ship."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import raw_line, raw_order, take_in
from hypothesis import given as examples
from hypothesis import strategies as st

from bmtui.desk.companies import companies
from bmtui.desk.companies.identifier_policy import Need, Policy, Product, parse
from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Answers
from bmtui.desk.overview import order as overview
from bmtui.desk.shipping import identifiers, policy_trial, scan_station, shipments_csv
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import given
from bmtui.desk.shipping.request_read import read_identifiers
from bmtui.desk.shipping.scan_station import Station
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.errors import BmtuiError, ConfigError, NotFound, RuleRefused
from bmtui.store.models import Audit, Shipment, Unit

GOOD, SERIAL = "356938035643809", "C02XK1ABCDEF"
LABEL = "1Z999AA10123456784"


@pytest.mark.parametrize(
    ("title", "need"),
    [
        ("iPhone 12 64 Go - Noir - Débloqué", "imei"),
        ("Galaxy S21 5G 128GB - Grey", "imei"),
        ("Exemple X1 128 GB - Unlocked", "imei"),
        ("Telefon 128GB - Schwarz - Ohne Vertrag", "imei"),
        ("iPhone 12 + charger", "imei"),
        ("iPhone 12 with case - 64GB - Unlocked", "imei"),
        ("Redmi Note 10", "imei"),
        ("iPad 10.2 (2021) 64GB WiFi + 4G - Unlocked", "ask"),
        ("Apple Watch Series 7 45 mm - Sport band", "ask"),
        ("Pixel Buds A", "ask"),
        ("MacBook Air 13", "ask"),
        ("AirPods Pro 2 - MagSafe case", "ask"),
        ("", "ask"),
        ("Silicone case for iPhone 12", "none"),
        ("Étui Galaxy S21", "none"),
        ("Exemple 20 W USB-C charger - White", "none"),
        ("Ladegerät 20 W", "none"),
    ],
)
def test_identifier_policy_without_a_pattern_follows_the_product(title: str, need: str) -> None:
    assert parse("").of(Product("SKU-1", title, "")).need == need


def test_identifier_policy_uses_the_longest_matching_pattern() -> None:
    policy = parse("PHN*=imei; phn-dummy*=none\n*=ask; LAP*=require serial number;")
    assert [policy.of(Product(sku, "iPhone 12", "")).need for sku in ("PHN-A", "PHN-DUMMY-1", "X", "lap-1")] == [
        *(Need.IMEI, Need.NONE, Need.ASK, Need.SERIAL),
    ]


@pytest.mark.parametrize("text", ["PHN*", "PHN*=maybe", "=imei", "A=imei; a=none"])
def test_policy_that_cannot_be_read_is_refused(offline: Desk, text: str) -> None:
    with pytest.raises(ConfigError):
        companies.change(offline, None, {"identifier_policy": text})
    assert companies.show(offline).identifier_policy == "*=ask"


@examples(st.dictionaries(st.text("ABC-*?019[]=", min_size=1, max_size=9), st.sampled_from(Need), max_size=6))
def test_identifier_policy_is_read_back_as_written(needs: dict[str, Need]) -> None:
    policy = Policy(needs)
    assert parse(str(policy)).needs == needs
    policy.of(Product("A-1", "", ""))


@pytest.fixture
def shelf(offline: Desk) -> Desk:
    """Orders of a phone, a laptop, an accessory, and of three phones in one line."""
    take_in(
        offline,
        raw_order(1, [raw_line(10, 2, sku="PHN", product="iPhone 12 64 GB - Unlocked")], state=3, shipper="UPS"),
        raw_order(2, [raw_line(20, 2, sku="LAP", product="MacBook Air 13")], state=3, shipper="UPS"),
        raw_order(3, [raw_line(30, 2, sku="ACC", product="Charger 20 W")], state=3, shipper="UPS"),
        raw_order(4, [raw_line(40, 2, sku="PHN", product="iPhone 12", quantity=3)], state=3, shipper="UPS"),
    )
    companies.change(offline, None, {"identifier_policy": ""})
    return replace(offline, undo=True)


Way = Callable[[Desk, Path, int, str], None]


def by_command(desk: Desk, folder: Path, order: int, device: str) -> None:
    numbers = read_identifiers(Answers({f"identifier-{order * 10}": (device,)})) if device else ()
    shipping.ship(desk, order, ShipRequest(LABEL, "UPS", identifiers=numbers))


def by_identify(desk: Desk, folder: Path, order: int, device: str) -> None:
    if device:
        identifiers.identify(desk, order, [given(order * 10, device)])
    shipping.ship(desk, order, ShipRequest(LABEL, "UPS"))


def by_file(desk: Desk, folder: Path, order: int, device: str) -> None:
    path = folder / "parcels.csv"
    path.write_text(f"order,tracking,carrier,identifiers\n{order},{LABEL},UPS,{order * 10}={device}\n"
                    if device else f"order,tracking,carrier\n{order},{LABEL},UPS\n", encoding="utf-8")  # fmt: skip
    for row in shipments_csv.preview(desk, path).rows:
        result = shipments_csv.ship_row(desk, row)
        if result.result == "refused":
            raise RuleRefused(result.detail)


def by_station(desk: Desk, folder: Path, order: int, device: str) -> None:
    now = scan_station.scan(desk, Station("holder", "Ann"), str(order))
    for code in filter(None, (device, LABEL)):
        now = scan_station.scan(desk, now, code)
        if now.bad:
            raise RuleRefused(now.message)


WAYS = (by_command, by_identify, by_file, by_station)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("order", "device", "policy", "why"),
    [
        (1, "", "", "phone"),
        (1, SERIAL, "", "phone"),
        (1, "", "PHN=ask", "is shipped without its IMEI"),
        (1, SERIAL, "PHN=serial; P*=imei", ""),
        (1, GOOD, "", ""),
        (2, "", "", "is shipped without its serial number"),
        (2, SERIAL, "", ""),
        (2, GOOD, "", "Back Market accepts for phones only"),
        (2, "", "LAP=serial", "the policy says LAP=serial"),
        (2, "", "LAP=none", ""),
        (3, "", "", ""),
        (3, "", "A*=serial", "the policy says A*=serial"),
    ],
)
def test_identifier_policy_is_obeyed_by_every_way_to_ship(
    shelf: Desk, tmp_path: Path, way: Way, order: int, device: str, policy: str, why: str
) -> None:
    companies.change(shelf, None, {"identifier_policy": policy})
    if not why:
        way(shelf, tmp_path, order, device)
        assert Shipment.select().count() == 1
        assert [row.imei or row.serial_number for row in Unit.select()] == ([device] if device else [])
        return
    with pytest.raises(BmtuiError) as caught:
        way(shelf, tmp_path, order, device)
    assert why in str(caught.value)
    assert not Shipment.select().exists()


@pytest.mark.parametrize("way", [by_command, by_identify, by_file])
def test_identifier_for_an_accessory_is_refused(shelf: Desk, tmp_path: Path, way: Way) -> None:
    with pytest.raises(RuleRefused, match="needs no IMEI and no serial number"):
        way(shelf, tmp_path, 3, SERIAL)
    assert not Unit.select().exists()


def test_missing_identifier_needs_a_reason_of_its_own(shelf: Desk) -> None:
    for request in (ShipRequest(LABEL, "UPS", override="so what"), ShipRequest(LABEL, "UPS", accept_doubts=True)):
        with pytest.raises(RuleRefused, match="is shipped without its IMEI"):
            shipping.ship(shelf, 1, request)
    assert not Shipment.select().exists()
    shipping.ship(shelf, 1, ShipRequest(LABEL, "UPS", missing_override="sold as a spare part"))
    assert [note.text for note in overview.show(shelf, 1).notes] == [
        "Shipped without its identifier: sold as a spare part"
    ]
    assert Audit.select().where(Audit.action == "identifier.overridden").count() == 1


def test_station_accepts_a_typed_reason_for_a_missing_identifier(shelf: Desk) -> None:
    now = Station("holder", "Ann")
    for code in ("1", LABEL):
        now = scan_station.scan(shelf, now, code)
    assert "type ! and the reason why it is shipped without" in now.message
    # The same label again, or a yes, decides nothing.
    assert all(scan_station.scan(shelf, now, code).bad for code in (LABEL, "BM-YES", "!"))
    waived = scan_station.scan(shelf, now, "!sold as a spare part")
    assert (waived.bad, waived.message) == (False, "It is shipped without. Scan the label.")
    # The reason was about the device: a label that is refused is refused all the same.
    assert scan_station.scan(shelf, waived, GOOD).bad
    assert scan_station.scan(shelf, waived, LABEL).done == 1
    assert "Shipped without its identifier: sold as a spare part" in [
        note.text for note in overview.show(shelf, 1).notes
    ]


def test_missing_identifiers_of_three_pieces_are_counted_piece_by_piece(shelf: Desk) -> None:
    numbers = (GOOD, "490154203237518", "353270040000004")
    shipping.ship(shelf, 4, ShipRequest(LABEL, "UPS", lines={40: 1}, identifiers=(given(40, numbers[0]),)))
    # Its number is of the piece that left: the other two need theirs.
    with pytest.raises(RuleRefused, match="2 × PHN is shipped without its IMEI"):
        shipping.ship(shelf, 4, ShipRequest(LABEL, "UPS"))
    now = scan_station.scan(shelf, Station("holder", "Ann"), "4")
    assert (now.message, now.pieces[0].count) == ("Scan the IMEI of PHN (1 of 2).", "0/2")
    for code in (*numbers[1:], LABEL):
        now = scan_station.scan(shelf, now, code)
        assert not now.bad, now.message
    # The parcel of the part has the same label.
    assert now.order_id is None or "is on the parcel" in now.message


def test_policy_trial_shows_each_sku_and_earlier_shipments_that_differ(shelf: Desk) -> None:
    take_in(
        shelf,
        *(raw_order(50 + n, [raw_line(500 + n, 3, sku="PHN", product="iPhone 12")]) for n in range(2)),
        raw_order(60, [raw_line(600, 3, sku="PHN", product="iPhone 12", imei=GOOD)]),
    )
    found = policy_trial.tried(shelf)
    assert [(one.sku, one.need, one.proposed, one.shipped, one.stopped) for one in found.skus] == [
        ("PHN", "imei", "", 3, 2),
        ("LAP", "ask", "", 0, 0),
        ("ACC", "none", "", 0, 0),
    ]
    assert found.sentence == "3 SKUs. It would have stopped 2 of 3 shipped lines."
    assert policy_trial.tried(shelf, None, "PHN=none").skus[0].stopped == 1
    assert found.skus[0].sentence.endswith(". It would have stopped 2 of 3.")
    assert replace(found.skus[1], proposed="serial", because="the policy asks").sentence == (
        "The policy asks. Earlier ones: serial."
    )


def test_policy_patterns_are_added_replaced_and_removed(shelf: Desk) -> None:
    policy_trial.change(shelf, None, "PHN*=imei; ACC*=none")
    assert str(policy_trial.change(shelf, None, "phn*=ask", ["acc*"])) == "phn*=ask"
    assert companies.show(shelf).identifier_policy == "phn*=ask"
    with pytest.raises(NotFound, match="no pattern 'X'"):
        policy_trial.change(shelf, None, "", ["X"])
    with pytest.raises(ConfigError):
        policy_trial.change(shelf, None, "PHN*=perhaps")
