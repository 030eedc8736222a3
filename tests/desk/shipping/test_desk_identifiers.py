"""IMEIs and serial numbers: errors are found before an identifier is sent."""

from __future__ import annotations

import pytest
from helpers import add_company, line_of, order_of, raw_line, raw_order, take_in

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.shipping import identifiers
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import IMEI, SERIAL, Identifier, given
from bmtui.desk.shipping.required_identifiers import NOTHING, usual_kind
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.errors import NotRead, RuleRefused, ValueRefused
from bmtui.store.models import Audit, Company, Effect, Order, OrderLine, Unit

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


def test_typed_identifier_is_read_as_an_imei_or_a_serial_number() -> None:
    assert [given(1, text).kind for text in (GOOD, "35-693803-564380-9", "3569380356438", "C02XK1ABCDEF")] == [
        *(IMEI, IMEI, SERIAL, SERIAL),
    ]
    assert given(1, "35 693803 564380 9").value == GOOD
    assert (given(1, "serial:C02XK1").kind, given(1, f"imei:{GOOD}").kind) == (SERIAL, IMEI)


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        (GOOD + "1", "", "an IMEI with its software version"),
        (f"serial:{'X1' * 26}", "", "1 to 50 characters"),
        (f"serial:{GOOD[:-1]}0", "", "an IMEI whose check digit is wrong"),
        (GOOD[:-1] + "0", SERIAL, "an IMEI whose check digit is wrong"),
        ("imei:12", "", "no IMEI"),
        ("3.51E+14", SERIAL, "turned into an exponent"),
    ],
)
def test_identifier_that_no_reason_overrides_is_refused(text: str, kind: str, why: str) -> None:
    with pytest.raises((NotRead, ValueRefused), match=why):
        given(1, text, kind)


@pytest.mark.parametrize(
    ("value", "kind"), [(GOOD, SERIAL), (GOOD[:-1] + "0", SERIAL), ("3.51E+14", SERIAL), ("C02XK1", IMEI), ("", SERIAL)]
)
def test_identifier_that_was_not_read_is_judged_all_the_same(shelf: Desk, value: str, kind: str) -> None:
    assert wrong(Identifier(10, value, kind))
    assert wrong(Identifier(10, value, kind, came=GOOD))
    with pytest.raises(RuleRefused):
        identifiers.identify(shelf, 1, [Identifier(10, value, kind)])
    assert not Unit.select().exists()


def test_identifier_in_doubt_is_stored_only_once_accepted(shelf: Desk) -> None:
    label = given(10, f"IMEI 1: {GOOD}")
    with pytest.raises(RuleRefused, match="was found in"):
        identifiers.identify(shelf, 1, [label])
    assert not Unit.select().exists()
    identifiers.identify(shelf, 1, [label], accept_doubts=True)
    assert Unit.get().imei == GOOD


@pytest.mark.parametrize(
    ("texts", "why", "final"),
    [
        ((GOOD[:-1] + "0",), "check digit", False),
        ((GOOD[:-1],), "it has 14 digits; an IMEI has 15", False),
        (("4006381333931",), "the EAN of a box", False),
        ((OTHER,), "is on order 2 already", False),
        ((f"{GOOD[:-1]}0Y",), "is taken as a serial number, but has 15 digits", False),
        ((GOOD + GOOD,), "but has 30 digits: is it an IMEI with an extra character", False),
        ((GOOD, GOOD), "can have 1 of these numbers, not 2", True),
    ],
)
def test_wrong_identifier_is_reported_with_its_error(
    shelf: Desk, texts: tuple[str, ...], why: str, final: bool
) -> None:
    found = wrong(*(given(10, text) for text in texts))
    assert why in found[0][0]
    assert found[0][1] is final


def test_number_that_looks_like_an_imei_is_stored_as_a_serial_number_if_stated(shelf: Desk) -> None:
    assert wrong(given(10, f"serial:{GOOD}Y"), given(11, "XAW10012345678"), given(11, "F2LW48XPHG7K")) == []
    made = shipping.plan(
        shelf, 1, ShipRequest("1Z999AA10123456784", "UPS", identifiers=(given(10, f"serial:{GOOD}Y"),))
    )
    assert f"It registers serial number {GOOD}Y." in made.sentence


def test_a_device_that_came_back_may_be_sold_again(shelf: Desk) -> None:
    assert wrong(given(10, GOOD), given(11, "353270040000004")) == []


@pytest.mark.parametrize(("state", "free"), [(3, False), (4, True), (5, True), (6, True), (7, True)])
def test_device_that_was_scanned_here_may_be_sold_again_once_its_line_has_ended(
    shelf: Desk, state: int, free: bool
) -> None:
    line = raw_line(50, 2, quantity=2)
    take_in(shelf, raw_order(5, [line], state=3))
    identifiers.identify(shelf, 5, [given(50, GOOD)])
    assert "is on order 5 already" in wrong(given(10, GOOD))[0][0]
    take_in(shelf, raw_order(5, [line | {"state": state}], date_modification="2026-11-03T10:00:00+00:00"))
    assert Unit.get().imei == GOOD
    assert (wrong(given(10, GOOD)) == []) is free


def test_device_entered_twice_in_an_order_or_stored_elsewhere_is_in_doubt(shelf: Desk) -> None:
    assert "in this order twice" in wrong(given(10, GOOD), given(11, GOOD))[0][0]
    identifiers.identify(shelf, 4, [given(40, GOOD)])
    assert "is on order 4 already" in wrong(given(10, GOOD))[0][0]


def test_an_override_needs_a_reason_that_stays_with_the_device_and_not_in_the_audit(shelf: Desk) -> None:
    with pytest.raises(RuleRefused, match="Back Market never removes"):
        identifiers.identify(shelf, 1, [given(10, OTHER)])
    assert not Unit.select().exists()
    identifiers.identify(shelf, 1, [given(10, OTHER)], override="exchange of order 2")
    rows = [row.summary for row in Audit.select().where(Audit.action == "identifier.overridden")]
    assert rows == [f"{OTHER} of SKU was stored although a check doubted it."]
    assert Unit.get().reason == "exchange of order 2"
    with pytest.raises(RuleRefused, match="cannot be corrected"):
        identifiers.identify(shelf, 1, [Identifier(10, GOOD + "1", IMEI)], override="because")


def test_identifiers_of_a_line_of_several_pieces_are_kept_here_and_not_sent(shelf: Desk) -> None:
    done = identifiers.identify(shelf, 1, [given(11, GOOD), given(11, "SN-2")])
    assert "line of 2 pieces" in done.kept[0]
    units = [(unit.number, unit.imei, unit.serial_number, unit.state) for unit in Unit.select().order_by(Unit.number)]
    assert units == [(1, GOOD, "", "kept"), (2, "", "SN-2", "kept")]
    with pytest.raises(RuleRefused, match="can have 0"):
        identifiers.identify(shelf, 1, [given(11, "353270040000004")])


def test_identifier_that_waits_for_the_parcel_can_be_replaced(shelf: Desk) -> None:
    assert identifiers.identify(shelf, 1, [given(10, GOOD)]).job_id is None
    identifiers.identify(shelf, 1, [given(10, "353270040000004")])
    identifiers.identify(shelf, 1, [given(10, "C02XK1")])
    unit = Unit.get()
    assert (unit.imei, unit.serial_number, unit.state) == ("", "C02XK1", "waiting")
    assert not Effect.select().exists()


def test_registered_identifier_cannot_be_changed(shelf: Desk) -> None:
    with pytest.raises(RuleRefused, match="cannot be changed any more"):
        identifiers.identify(shelf, 2, [given(20, GOOD)], override="typo")
    with pytest.raises(RuleRefused, match=f"has the IMEI {OTHER} already, which cannot be changed"):
        identifiers.identify(shelf, 2, [given(20, "SERIAL-9")], override="typo")
    assert line_of(20).imei == OTHER


def test_identifier_of_no_line_of_the_order_or_that_is_registered_already_is_refused(shelf: Desk) -> None:
    assert wrong(given(99, GOOD)) == [("Order 1 has no line 99; its lines: 10 (SKU), 11 (SKU).", True)]
    with pytest.raises(RuleRefused, match=f"The IMEI {OTHER} is registered for line 20 already"):
        identifiers.identify(shelf, 2, [given(20, OTHER)])
    for ask in (identifiers.plan, identifiers.identify):
        with pytest.raises(RuleRefused, match="The IMEI and the serial number are both missing"):
            ask(shelf, 1, [])


def test_sku_that_left_with_imeis_and_with_serial_numbers_has_no_usual_kind(shelf: Desk) -> None:
    sold = [{"imei": OTHER}, {"serial_number": "S1"}, {"serial_number": "S2"}, {"serial_number": "S3"}]
    lines = [raw_line(600 + n, 3, sku="MIX", **kept) for n, kept in enumerate(sold)]
    take_in(
        shelf,
        *(raw_order(60 + n, [line]) for n, line in enumerate(lines)),
        raw_order(70, [raw_line(700, 2, sku="MIX")], state=3),
    )
    assert usual_kind(line_of(700)) is None
    OrderLine.update(imei="", serial_number="S0").where(OrderLine.line_id == 600).execute()
    assert usual_kind(line_of(700)) == SERIAL


def test_kind_of_number_that_the_product_does_not_have_is_in_doubt(shelf: Desk) -> None:
    lines = [raw_line(800, 2, sku="PHN", product="iPhone 12"), raw_line(801, 2, sku="LAP", product="MacBook Air 13")]
    take_in(shelf, raw_order(80, lines, state=3))
    order = order_of(80)

    def doubts(*found: Identifier) -> str:
        return " ".join(identifiers.doubts(order, orders.lines_of(order), found))

    assert "PHN gets a serial number, but Back Market accepts the IMEI of a phone." in doubts(given(800, "C02XK1"))
    assert "LAP gets an IMEI, which Back Market accepts for phones only" in doubts(given(801, GOOD))
    assert doubts(given(800, GOOD), given(801, "C02XK1ABCDEF")) == ""


def test_identifier_that_is_being_sent_is_not_replaced(shelf: Desk) -> None:
    take_in(shelf, raw_order(5, [raw_line(50, 3)]))
    assert identifiers.identify(shelf, 5, [given(50, "SERIAL-9")]).job_id is not None
    assert Effect.get().body == {"serial_number": "SERIAL-9"}
    for number in ("SERIAL-8", GOOD):
        with pytest.raises(RuleRefused, match="on its way"):
            identifiers.identify(shelf, 5, [given(50, number)], override="typo")


def test_piece_never_gets_both_an_imei_and_a_serial_number(shelf: Desk) -> None:
    found = wrong(given(10, GOOD), given(10, "C02XK1ABCDEF"))
    assert [final for _, final in found] == [True, True]
    assert "accepts an IMEI or a serial number, not both" in found[0][0]


def test_unit_of_an_earlier_release_with_imei_and_serial_number_sends_only_one(shelf: Desk) -> None:
    take_in(shelf, raw_order(5, [raw_line(50, 3, product="Exemple Laptop 13"), raw_line(51, 3, product="iPhone 12")]))
    order = order_of(5)
    for line_id in (50, 51):
        row = {"number": 1, "state": "waiting", "made_at": shelf.now(), "made_by": "x"}
        Unit.create(order=order, line=line_of(line_id), imei=GOOD, serial_number=f"S{line_id}ABC", **row)
    companies.change(shelf, None, {"identifier_policy": ""})
    with shelf.store.transaction():
        identifiers.send_waiting(shelf, order)
    assert [effect.body for effect in Effect.select().order_by(Effect.id)] == [
        {"serial_number": "S50ABC"},
        {"imei": GOOD},
    ]


@pytest.mark.parametrize("state", [4, 5])
def test_line_that_was_cancelled_or_refunded_gets_no_identifier(shelf: Desk, state: int) -> None:
    take_in(shelf, raw_order(5, [raw_line(50, 2), raw_line(51, 2)], state=3))
    identifiers.identify(shelf, 5, [given(50, "C02XK1ABCDEF"), given(51, "C02XK2ABCDEF")])
    later = {"date_modification": "2026-11-03T10:00:00+00:00"}
    take_in(shelf, raw_order(5, [raw_line(50, state), raw_line(51, 3)], **later))
    with shelf.store.transaction():
        identifiers.send_waiting(shelf, order_of(5))
    assert [effect.body for effect in Effect.select()] == [{"serial_number": "C02XK2ABCDEF"}]
    assert Unit.get(Unit.line == line_of(50)).state == "withdrawn"
    with pytest.raises(RuleRefused, match="no device is sent for it"):
        identifiers.identify(shelf, 5, [given(50, "C02XK3ABCDEF")], override="because")


def test_identifier_kind_of_a_sku_follows_its_earlier_orders(shelf: Desk) -> None:
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
    kinds = [usual_kind(line_of(line_id)) for line_id in (700, 701, 702, 703)]
    assert kinds == [IMEI, SERIAL, None, NOTHING]
    # Whoever ships without is asked, and told what earlier ones had.
    parcel = ShipRequest("1Z999AA10123456784", identifiers=(given(701, "S77"),))
    assert shipping.plan(shelf, 70, parcel).doubts == (
        "1 × PHN is shipped without its IMEI. Earlier ones had it.",
        "1 × NEW is shipped without an IMEI or serial number.",
        "1 × CHG is shipped without an IMEI or serial number. Earlier ones had none, too.",
    )
    # Where no pattern says that a person is asked, nobody is where nothing was registered before.
    companies.change(shelf, None, {"identifier_policy": "PHN*=ask"})
    made = shipping.plan(shelf, 70, parcel)
    assert [doubt.split()[2] for doubt in made.doubts] == ["PHN", "NEW"]
    assert "1 × CHG is shipped without an IMEI or serial number. Earlier ones had none, too." in made.warnings


def test_identifier_kind_of_a_sku_follows_the_earlier_orders_of_its_company_alone(shelf: Desk) -> None:
    add_company(shelf, "Other")
    theirs = [raw_order(50 + n, [raw_line(500 + n, 3, sku="PHN", imei=f"{n:015}")]) for n in range(3)]
    take_in(shelf, *theirs, raw_order(70, [raw_line(700, 2, sku="PHN")], state=3))
    other = Company.get(Company.name == "Other")
    Order.update(company=other).where(Order.order_id.in_([50, 51, 52])).execute()
    assert usual_kind(line_of(700)) is None
    Order.update(company=other).where(Order.order_id == 70).execute()
    assert usual_kind(line_of(700)) == IMEI
