"""IMEIs and serial numbers: what is wrong with one is found before it leaves."""

from __future__ import annotations

import pytest
from helpers import line_of, order_of, raw_line, raw_order, take_in
from hypothesis import given as over
from hypothesis import strategies as st

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.shipping import identifiers
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import IMEI, NOTHING, SERIAL, Identifier, given
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.errors import RuleRefused
from bmtui.store.models import Audit, Effect, Unit

GOOD, OTHER = "356938035643809", "490154203237518"


@pytest.fixture
def shelf(offline: Desk) -> Desk:
    take_in(
        offline,
        raw_order(1, [raw_line(10, 2), raw_line(11, 2, quantity=2)], state=3),
        raw_order(2, [raw_line(20, 3, imei=OTHER)]),
        raw_order(3, [raw_line(30, 6, imei="353270040000004")]),
        raw_order(4, [raw_line(40, 2)], state=3),
    )
    return offline


def wrong(*found: Identifier) -> list[tuple[str, bool]]:
    order = order_of(1)
    return [(one.sentence, one.final) for one in identifiers.problems(order, orders.lines_of(order), found)]


def test_what_is_typed_is_an_imei_or_a_serial_number() -> None:
    assert [given(1, text).kind for text in (GOOD, "35-693803-564380-9", "3569380356438", "C02XK1ABCDEF")] == [
        *(IMEI, IMEI, SERIAL, SERIAL),
    ]
    assert given(1, "35 693803 564380 9").value == GOOD
    assert (given(1, f"serial:{GOOD}").kind, given(1, "imei:12").kind) == (SERIAL, IMEI)


@over(st.text("0123456789", min_size=14, max_size=14))
def test_exactly_one_check_digit_is_right(body: str) -> None:
    assert sum(identifiers.luhn(body + digit) for digit in "0123456789") == 1


@pytest.mark.parametrize(
    ("texts", "why", "final"),
    [
        ((GOOD[:-1] + "0",), "check digit", False),
        ((GOOD[:-1],), "14 digits instead of 15", False),
        ((GOOD + "1",), "no IMEI: an IMEI has 15 digits", True),
        ((f"serial:{'X' * 51}",), "1 to 50 characters", True),
        ((OTHER,), "is on order 2 already", False),
        ((GOOD + "Y",), f"{GOOD}Y is taken as a serial number, but has 15 digits", False),
        ((GOOD + GOOD,), "but has 30 digits: is it an IMEI with something too much", False),
        ((GOOD, GOOD), "has room for 1, not for 2", True),
    ],
)
def test_what_is_wrong_with_one_is_said(shelf: Desk, texts: tuple[str, ...], why: str, final: bool) -> None:
    found = wrong(*(given(10, text) for text in texts))
    assert why in found[0][0]
    assert found[0][1] is final


def test_a_serial_number_that_looks_like_an_imei_is_taken_when_it_is_said(shelf: Desk) -> None:
    assert wrong(given(10, f"serial:{GOOD}Y"), given(11, "XAW10012345678"), given(11, "F2LW48XPHG7K")) == []
    made = shipping.plan(shelf, 1, ShipRequest("1Z1", "UPS", identifiers=(given(10, f"serial:{GOOD}Y"),)))
    assert f"Known by serial number {GOOD}Y." in made.sentence


def test_a_device_that_came_back_may_be_sold_again(shelf: Desk) -> None:
    assert wrong(given(10, GOOD), given(11, "353270040000004")) == []


def test_the_same_device_twice_in_an_order_and_kept_elsewhere(shelf: Desk) -> None:
    assert "twice in this order" in wrong(given(10, GOOD), given(11, GOOD))[0][0]
    identifiers.identify(shelf, 4, [given(40, GOOD)])
    assert "is on order 4 already" in wrong(given(10, GOOD))[0][0]


def test_an_override_needs_a_reason_that_stays_with_the_device_and_not_in_the_audit(shelf: Desk) -> None:
    with pytest.raises(RuleRefused, match="Back Market never forgets"):
        identifiers.identify(shelf, 1, [given(10, OTHER)])
    assert not Unit.select().exists()
    identifiers.identify(shelf, 1, [given(10, OTHER)], override="exchange of order 2")
    rows = [row.summary for row in Audit.select().where(Audit.action == "identifier.overridden")]
    assert rows == [f"{OTHER} of SKU was kept against a check."]
    assert Unit.get().reason == "exchange of order 2"
    with pytest.raises(RuleRefused, match="cannot be corrected"):
        identifiers.identify(shelf, 1, [given(10, GOOD + "1")], override="because")


def test_several_pieces_of_a_line_are_kept_here_and_said(shelf: Desk) -> None:
    done = identifiers.identify(shelf, 1, [given(11, GOOD), given(11, "SN-2")])
    assert "line of 2 pieces" in done.kept[0]
    units = [(unit.number, unit.imei, unit.serial_number, unit.state) for unit in Unit.select().order_by(Unit.number)]
    assert units == [(1, GOOD, "", "kept"), (2, "", "SN-2", "kept")]
    with pytest.raises(RuleRefused, match="has room for 0"):
        identifiers.identify(shelf, 1, [given(11, "353270040000004")])


def test_what_waits_for_the_parcel_can_be_corrected_and_completed(shelf: Desk) -> None:
    assert identifiers.identify(shelf, 1, [given(10, GOOD)]).job_id is None
    identifiers.identify(shelf, 1, [given(10, "353270040000004")])
    identifiers.identify(shelf, 1, [given(10, "C02XK1")])
    unit = Unit.get()
    assert (unit.imei, unit.serial_number, unit.state) == ("353270040000004", "C02XK1", "waiting")
    assert not Effect.select().exists()


def test_what_is_registered_stays(shelf: Desk) -> None:
    with pytest.raises(RuleRefused, match="cannot be changed any more"):
        identifiers.identify(shelf, 2, [given(20, GOOD)], override="typo")
    done = identifiers.identify(shelf, 2, [given(20, "SERIAL-9")])
    assert done.job_id is not None
    assert Effect.get().body == {"serial_number": "SERIAL-9"}
    with pytest.raises(RuleRefused, match="on its way"):
        identifiers.identify(shelf, 2, [given(20, "SERIAL-8")])
    assert line_of(20).imei == OTHER


def test_what_a_sku_is_usually_known_by(shelf: Desk) -> None:
    take_in(
        shelf,
        *(raw_order(50 + n, [raw_line(500 + n, 3, sku="PHN", imei=f"{n:015}")]) for n in range(3)),
        *(raw_order(60 + n, [raw_line(600 + n, 3, sku="LAP", serial_number=f"S{n}")]) for n in range(3)),
        *(raw_order(80 + n, [raw_line(800 + n, 3, sku="CHG")]) for n in range(2)),
        raw_order(
            70,
            [raw_line(number, 2, sku=sku) for number, sku in ((700, "PHN"), (701, "LAP"), (702, "NEW"), (703, "CHG"))],
            state=3,
            shipper="UPS",
        ),
    )
    kinds = [identifiers.usual_kind(line_of(line_id)) for line_id in (700, 701, 702, 703)]
    assert kinds == [IMEI, SERIAL, None, NOTHING]
    # Whoever ships without is told, and may.
    parcel = ShipRequest("1Z999AA10123456784", identifiers=(given(701, "S77"),))
    assert shipping.plan(shelf, 70, parcel).warnings == ("1 × PHN leaves without its IMEI.",)
