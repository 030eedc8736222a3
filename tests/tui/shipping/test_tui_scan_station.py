"""The scan station by keys, at 80×24."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driving import Driver, driving
from helpers import ups_number

from bmtui.desk.core.context import Desk
from bmtui.desk.overview import order as overview
from bmtui.store.models import Order, OrderLine, Shipment
from bmtui.tui.recent import Memory
from bmtui.tui.shipping import scan_pause
from bmtui.tui.shipping.scan_pause import Burst
from bmtui.tui.shipping.scan_screen import ScanScreen
from bmtui.tui.shipping.verdict import RecentParcels, Verdict, letters
from bmtui.tui.widgets.form import Entry
from bmtui.tui.widgets.locale_format import LOCAL

UPS = "1Z999AA10123456784"
GOOD = "356938035643809"


def phone() -> int:
    """An accepted order of one phone, which goes out with UPS."""
    for order in Order.select().where((Order.channel_status == "to_ship") & ~Order.is_backship):
        lines = list(OrderLine.select().where(OrderLine.order == order))
        if len(lines) == 1 and lines[0].quantity == 1 and lines[0].sku.startswith("PHN"):
            Order.update(carrier="UPS").where(Order.id == order.id).execute()
            return int(order.order_id)
    raise AssertionError("no phone is to ship")


async def at_station(person: Driver, name: str = "Ann") -> ScanScreen:
    await person.press("X")
    await person.at("AskText")
    await person.press("ctrl+u", *name, "enter")
    await person.at("ScanScreen")
    screen = person.app.screen
    assert isinstance(screen, ScanScreen)
    return screen


async def type_code(person: Driver, code: str) -> ScanScreen:
    screen = person.app.screen
    assert isinstance(screen, ScanScreen)
    before = screen.station
    screen.query_one("#code", Entry).value = code
    await person.press("enter")
    await person.until(lambda: screen.station is not before)
    return screen


async def test_the_station_ships_by_scans_alone_and_rings_when_something_is_wrong(office: Desk) -> None:
    order_id = phone()
    async with driving(office) as person:
        bells: list[int] = []
        person.app.bell = lambda: bells.append(1)  # type: ignore[method-assign]
        await person.press("X")
        await person.at("AskText")
        await person.press("ctrl+u", *"Ann", "enter")
        await person.at("ScanScreen")
        screen = await type_code(person, UPS)
        assert "is a label, not an order" in person.seen().replace("\n", " ")
        assert bells == [1]
        await type_code(person, str(order_id))
        assert screen.station.next_step == "device"
        await type_code(person, GOOD[:-1] + "0")
        assert "STOP" in person.seen()
        assert bells == [1, 1]
        await type_code(person, GOOD)
        await type_code(person, UPS)
        assert screen.station.done == 1
        assert "Ann · 1 shipped" in person.line("#packer")
        assert overview.show(office, order_id).row.shipping_status == "fully_shipped"
        # Letters go into the field: the help says how to do the rest.
        await person.press("f1")
        await person.at("Help")
        await person.until(lambda: "^p           Outbox:" in person.seen())
        assert "Q            Outbox" not in person.seen()
        await person.press("escape")
        # The field has the focus all the time; Esc leaves.
        assert person.app.focused is screen.query_one("#code", Entry)
        await person.press("escape")
        await person.at("SearchScreen")


async def test_letters_typed_at_the_scan_station_start_no_action(office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_pause, "FEWEST", 99)
    async with driving(office) as person:
        await person.press("X", "enter")
        await person.at("ScanScreen")
        await person.press(*"qJcrDF,:?")
        assert person.app.screen.query_one("#code", Entry).value == "qJcrDF,:?"


async def test_order_number_is_no_name_and_every_suffix_of_a_scanner_submits(office: Desk) -> None:
    order_id = phone()
    async with driving(office) as person:
        await person.press("X")
        await person.at("AskText")
        await person.press("ctrl+u", *str(order_id), "enter")
        await person.until(lambda: "is a code, not a name" in person.seen())
        await person.press("ctrl+u", *"Ann", "enter")
        await person.at("ScanScreen")
        screen = person.app.screen
        assert isinstance(screen, ScanScreen)
        for code, suffix, step in (
            (str(order_id), ("tab",), "device"),
            (GOOD, ("ctrl+j",), "label"),
            (UPS, ("enter", "ctrl+j"), "order"),
        ):
            screen.query_one("#code", Entry).value = code
            await person.press(*suffix)
            await person.until(lambda step=step: screen.station.next_step == step)  # type: ignore[misc]
        assert screen.station.done == 1
        # The second half of a CR LF takes no message away.
        assert "is shipped" in person.seen().replace("\n", " ")


async def test_code_without_a_suffix_is_taken_after_a_pause(office: Desk) -> None:
    order_id = phone()
    async with driving(office) as person:
        screen = await at_station(person)
        # As a scanner does: all of it at once.
        screen.query_one("#code", Entry).value = str(order_id)
        await person.until(lambda: screen.station.order_id == order_id)
        assert screen.query_one("#code", Entry).value == ""


@pytest.mark.parametrize(
    ("steps", "is_scan"),
    [
        ([(n, n * 0.01) for n in range(1, 9)], True),
        ([(8, 0.0)], True),
        ([(n, n * 0.2) for n in range(1, 9)], False),
        ([(n, n * 0.01) for n in range(1, 6)], False),
        ([(8, 0.0), (7, 0.01), (8, 0.02)], False),
        ([(3, 0.0), (0, 5.0), *((n, 9 + n * 0.01) for n in range(1, 9))], True),
    ],
)
def test_scanner_is_recognised_by_its_typing_speed(steps: list[tuple[int, float]], is_scan: bool) -> None:
    burst = Burst()
    for length, at in steps:
        burst.changed(length, at)
    assert (burst.pause_s is not None) is is_scan


def test_pause_ends_no_code_of_a_scanner_that_sends_a_suffix() -> None:
    # Over a slow line half a label would be taken for a whole one.
    burst = Burst()
    burst.changed(8, 0.0)
    assert burst.pause_s == scan_pause.FIRST_PAUSE_S
    burst.ended_by_key(0.01)
    burst.changed(0, 0.02)
    burst.changed(8, 3.0)
    assert burst.pause_s is None


def test_key_pressed_by_hand_after_a_code_is_no_suffix_of_the_scanner() -> None:
    burst = Burst()
    burst.changed(8, 0.0)
    burst.ended_by_key(0.6)
    burst.changed(0, 0.6)
    burst.changed(8, 3.0)
    assert burst.pause_s == scan_pause.FIRST_PAUSE_S
    burst.ended_by_pause()
    burst.changed(0, 4.0)
    burst.changed(8, 5.0)
    assert burst.pause_s == scan_pause.PAUSE_S


async def test_scan_verdict_is_shown_in_large_letters_with_glyph_and_word(office: Desk) -> None:
    async with driving(office) as person:
        screen = await at_station(person)
        verdict = screen.query_one(Verdict)
        assert (verdict.text, verdict.size.height) == ("Scan an order.", 3)
        await type_code(person, "99")
        assert verdict.text.startswith("! STOP  There is no order 99")
        for row in letters("STOP"):
            assert row in person.seen()
        await type_code(person, str(phone()))
        assert verdict.text.startswith("✓ OK  Scan the IMEI of PHN")
        assert all(row in person.seen() for row in letters("OK"))
        assert letters("STOP")[0] not in person.seen()


def test_large_letters_are_as_wide_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = [len(row) for word in ("OK", "STOP") for row in letters(word)]
    monkeypatch.setattr(LOCAL, "ascii", True)
    plain = [row for word in ("OK", "STOP") for row in letters(word)]
    assert [len(row) for row in plain] == wide
    assert all(row.isascii() for row in plain)


async def test_last_five_parcels_are_listed_and_withdrawn_ones_marked(office: Desk) -> None:
    orders = list(Order.select().where((Order.channel_status == "to_ship") & ~Order.is_backship).limit(6))
    OrderLine.update(sku="ACC-1", product="Charger", quantity=1).where(OrderLine.order.in_(orders)).execute()
    Order.update(carrier="UPS").where(Order.id.in_(orders)).execute()
    async with driving(replace(office, undo=True)) as person:
        screen = await at_station(person)
        assert screen.query_one(RecentParcels).display
        for number, order in enumerate(orders):
            await type_code(person, str(order.order_id))
            await type_code(person, ups_number(number))
            assert screen.station.done == number + 1, screen.station.message
        shown = [parcel.order_id for parcel in screen.station.recent]
        assert shown == [order.order_id for order in reversed(orders)][:5]
        assert f"{shown[0]} UPS {ups_number(5)}" in person.seen()
        await type_code(person, "BM-UNDO")
        assert f"{shown[0]} taken back" in person.seen()
        assert overview.show(office, shown[0]).row.shipping_status == "unshipped"
        # It lists parcels, so a low terminal has the field and the verdict instead.
        await person.resize(80, 18)
        assert not screen.query_one(RecentParcels).display


async def test_codes_scanned_while_another_is_processed_wait(office: Desk) -> None:
    order_id = phone()
    async with driving(office) as person:
        screen = await at_station(person)
        entry = screen.query_one("#code", Entry)
        for code in (str(order_id), GOOD, UPS):
            entry.value = code
            screen.action_submit()
        await person.until(lambda: screen.station.done == 1)
        assert overview.show(office, order_id).lines[0].imei == GOOD


async def test_codes_scanned_after_a_stop_are_dropped_with_a_message(office: Desk) -> None:
    async with driving(office) as person:
        screen = await at_station(person)
        entry = screen.query_one("#code", Entry)
        for code in ("99", GOOD, UPS):
            entry.value = code
            screen.action_submit()
        await person.until(lambda: "2 scanned after it were dropped" in person.status)
        assert "There is no order 99" in screen.station.message
        assert not Shipment.select().exists()


async def test_name_of_the_packer_is_remembered_the_next_day(office: Desk) -> None:
    async with driving(office) as person:
        await at_station(person, "Zoë")
        await person.press("escape")
        await person.at("SearchScreen")
    assert Memory(office.settings.state).packer == "Zoë"
    async with driving(office) as person:
        await person.press("X")
        await person.at("AskText")
        assert person.app.screen.query_one(Entry).value == "Zoë"
