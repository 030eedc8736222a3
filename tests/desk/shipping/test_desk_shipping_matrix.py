"""Matrix of input texts × ways to ship: no text leaves as an identifier or tracking number that it is not."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from helpers import raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Answers
from bmtui.desk.shipping import identifiers, scan_station, shipments_csv
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import IMEI, SERIAL, Identifier
from bmtui.desk.shipping.request_read import read_identifiers
from bmtui.desk.shipping.scan_station import Station
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.errors import BmtuiError
from bmtui.store.models import Effect, Shipment, Unit

GOOD, OTHER = "356938035643809", "490154203237518"
BAD = "356938035643800"
LABEL = "1Z999AA10123456784"
NEITHER = (
    *("3.51E+14", "6,12E+11", "6.12346E+11", "3.5E14"),
    *('=""', "=A1", "#N/A", "N/A", "-", "null", "none", "000000000000000"),
    *('"(&é-çè"\'', 'é"_çè(à"_à&éç'),
    *("https://example.com/p?n=1234567", "4006381333931", "\u200b", "1Z999AA10123456784, 1Z999AA10123456793"),
    *(BAD, "٣٥٦٩٣٨٠٣٥٦٤٣٨٠٠", "356938-03-564380-0"),
)
"""Texts that are neither an identifier nor a tracking number."""
NO_DEVICE = (GOOD[:-1], f"{GOOD}1", LABEL, "JJD000390007882299456", "RR123456785GB", f"{GOOD}{GOOD}", "A0000012345678")
NO_LABEL = (GOOD, "35-693803-564380-9", f"IMEI {GOOD}", f"https://imei.info/{GOOD}", "S/N: C02XK1ABCDEF")


@dataclass(frozen=True)
class Way:
    """Way to ship order 1 with the number of a device and the number of a parcel."""

    name: str
    ship: Callable[[Desk, Path, str, str], object]


def by_command(desk: Desk, folder: Path, device: str, label: str) -> None:
    given = read_identifiers(Answers({"identifier-10": (device,)}))
    shipping.ship(desk, 1, ShipRequest(tracking=label, carrier="UPS", identifiers=given))


def by_dialog(desk: Desk, folder: Path, device: str, label: str) -> None:
    given = tuple(identifiers.given(10, part) for part in device.split(",") if part.strip())
    if not given:
        return
    shipping.ship(desk, 1, ShipRequest(tracking=label, carrier="UPS", identifiers=given), 1)


def by_function(desk: Desk, folder: Path, device: str, label: str) -> None:
    for kind in (IMEI, SERIAL):
        shipping.ship(desk, 1, ShipRequest(label, "UPS", identifiers=(Identifier(10, device, kind),)))


def by_identify(desk: Desk, folder: Path, device: str, label: str) -> None:
    identifiers.identify(desk, 1, [identifiers.given(10, device)])
    shipping.ship(desk, 1, ShipRequest(tracking=label, carrier="UPS"))


def by_file(column: str) -> Callable[[Desk, Path, str, str], None]:
    def ship(desk: Desk, folder: Path, device: str, label: str) -> None:
        path = folder / "parcels.tsv"
        quoted = [f'"{text.replace(chr(34), chr(34) * 2)}"' for text in (label, device)]
        value = f'"10={quoted[1][1:]}' if column == "identifiers" else quoted[1]
        path.write_text(f"order\ttracking\tcarrier\t{column}\n1\t{quoted[0]}\tUPS\t{value}\n", encoding="utf-8")
        for row in shipments_csv.preview(desk, path).rows:
            shipments_csv.ship_row(desk, row)

    return ship


def by_station(times: int) -> Callable[[Desk, Path, str, str], None]:
    def ship(desk: Desk, folder: Path, device: str, label: str) -> None:
        now = scan_station.scan(desk, Station("holder", "Ann"), "1")
        for code in (device, label):
            for _ in range(times):
                now = scan_station.scan(desk, now, code)
        # Even where a packer confirms whatever is asked, what is refused is not asked about.
        scan_station.scan(desk, now, "" if now.asked else "BM-YES")

    return ship


WAYS = (
    Way("command", by_command),
    Way("dialog", by_dialog),
    Way("function", by_function),
    Way("identify", by_identify),
    Way("file imei", by_file("imei")),
    Way("file serial", by_file("serial")),
    Way("file identifiers", by_file("identifiers")),
    Way("station", by_station(1)),
    Way("station, scanned three times", by_station(3)),
)


READ = ("command", "dialog", "identify", "file imei", "station")


@pytest.fixture
def shelf(offline: Desk) -> Desk:
    take_in(
        offline,
        *(raw_order(900 + n, [raw_line(9000 + n, 3, sku="PHN", imei=OTHER)]) for n in range(2)),
        raw_order(1, [raw_line(10, 2, sku="PHN")], state=3, shipper="UPS"),
    )
    return offline


def sent(desk: Desk, way: Way, folder: Path, device: str, label: str) -> list[str]:
    """Try to ship order 1 that way; return the identifiers and tracking numbers that are stored afterwards."""
    with contextlib.suppress(BmtuiError):
        way.ship(desk, folder, device, label)
    found = [number for row in Unit.select() for number in (row.imei, row.serial_number)]
    found += [row.tracking_number for row in Shipment.select()]
    return [*filter(None, found)]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_text_that_is_no_device_is_never_stored(shelf: Desk, tmp_path: Path, way: Way) -> None:
    for text in (*NEITHER, *NO_DEVICE):
        assert [one for one in sent(shelf, way, tmp_path, text, "no label") if one != LABEL] == [], text


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_text_that_is_no_tracking_number_is_never_stored(shelf: Desk, tmp_path: Path, way: Way) -> None:
    for text in (*NEITHER, *NO_LABEL):
        found = sent(shelf, way, tmp_path, GOOD, text)
        assert not Shipment.select().exists(), (text, found)
        assert not Effect.select().exists(), text


@pytest.mark.parametrize(
    ("device", "label"),
    [
        (GOOD, LABEL),
        ("３５６９３８０３５６４３８０９", "１Z999AA10123456784"),
        (f'="{GOOD}"', f'="{LABEL}"'),
        (f"{GOOD}.0", "1z 999aa1 0123456784"),
        (f"{GOOD}\u200b", f"{LABEL}\u00a0"),
    ],
)
@pytest.mark.parametrize(
    "way",
    [way for way in WAYS if way.name in ("command", "dialog", "identify", "file imei", "station")],
    ids=lambda way: way.name,
)
def test_valid_values_are_stored_the_same_by_every_way_to_ship(
    shelf: Desk, tmp_path: Path, way: Way, device: str, label: str
) -> None:
    version = shipping.options(shelf, 1).version
    assert version == 1
    assert sent(replace(shelf, undo=True), way, tmp_path, device, label) == [GOOD, LABEL]
