"""Kind of number that a piece needs: what is usual for its SKU, what a policy asks, and the trial of a policy."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers import add_company, line_of, raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.shipping import (
    policy_trial,
    required_identifiers,
)
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import given
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.store.models import Company, Order, OrderLine, Unit
from bmtui.values.identifier import Kind as DeviceKind

IMEI, OTHER, SERIAL, LABEL = "356938035643809", "490154203237518", "C02XK1ABCDEF", "1Z999AA10123456784"
PARCEL = ShipRequest(LABEL, "UPS", accept_doubts=True)


# The kind that is usual


@pytest.mark.parametrize(
    ("numbers", "usual"),
    [
        ([], None),
        ([""], None),
        (["", ""], ""),
        ([IMEI], None),
        ([IMEI, ""], None),
        ([IMEI, IMEI], "imei"),
        ([SERIAL, SERIAL, ""], "serial_number"),
        ([IMEI, SERIAL], None),
    ],
)
def test_usual_kind_of_a_sku_is_that_of_two_earlier_pieces_at_least(
    rack: Desk, numbers: list[str], usual: str | None
) -> None:
    for place, number in enumerate(numbers, start=100):
        name = "serial_number" if number == SERIAL else "imei"
        take_in(rack, raw_order(place, [raw_line(place * 10, 3, sku="PHN", **{name: number})]))
    assert required_identifiers.usual_kind(line_of(20)) == usual
    kinds = {"imei": DeviceKind.IMEI, "serial_number": DeviceKind.SERIAL}
    found = required_identifiers.verdict(Company.get(), line_of(20))
    assert required_identifiers.proposed(replace(found, kind=None), line_of(20)) is kinds.get(
        usual or "", DeviceKind.IMEI
    )


def test_pieces_of_another_company_or_sku_or_that_stayed_say_nothing_of_what_is_usual(rack: Desk) -> None:
    for place, more in ((100, {"sku": "TAB"}), (101, {"sku": "PHN"}), (102, {"sku": "PHN"})):
        state = 2 if place == 101 else 3
        take_in(rack, raw_order(place, [raw_line(place * 10, state, imei=IMEI, **more)], state=3))
    add_company(rack, "Second")
    Order.update(company=Company.get(Company.name == "Second")).where(Order.order_id == 102).execute()
    assert required_identifiers.usual_kind(line_of(20)) is None
    # Nor those of a company whose orders came first.
    Order.update(company=Company.get(Company.name == "Second")).where(Order.order_id << [1, 101]).execute()
    OrderLine.update(state=3, imei=IMEI).where(OrderLine.line_id << [10, 1010]).execute()
    assert required_identifiers.usual_kind(line_of(20)) is None
    assert required_identifiers.usual_kind(line_of(10)) == "imei"


@pytest.mark.parametrize(
    ("policy", "earlier", "said", "required", "asked"),
    [
        ("PHN=imei", [], "is shipped without its IMEI: ", True, False),
        ("PHN=serial", [], "is shipped without its serial number: ", True, False),
        ("PHN=none", [], None, False, False),
        ("PHN=ask", [], "is shipped without an IMEI or serial number.", False, True),
        ("PHN=ask", [IMEI, IMEI], "is shipped without its IMEI. Earlier ones had it.", False, True),
        ("PHN=ask", [SERIAL, SERIAL], "is shipped without its serial number. Earlier ones had it.", False, True),
        ("PHN=ask", ["", ""], "is shipped without an IMEI or serial number. Earlier ones had none, too.", False, True),
        ("X=ask", ["", ""], "is shipped without an IMEI or serial number. Earlier ones had none, too.", False, False),
    ],
)
def test_piece_without_a_number_needs_a_reason_a_yes_or_nothing_by_the_policy_and_earlier_pieces(
    rack: Desk, policy: str, earlier: list[str], said: str | None, required: bool, asked: bool
) -> None:
    for place, number in enumerate(earlier, start=100):
        name = "serial_number" if number == SERIAL else "imei"
        take_in(rack, raw_order(place, [raw_line(place * 10, 3, sku="PHN", **{name: number})]))
    Company.update(identifier_policy=policy).execute()
    found = required_identifiers.missing(Company.get(), line_of(10), 3, 3, 1)
    if said is None:
        assert found is None
        return
    assert found is not None
    assert found.sentence.startswith(f"2 × PHN {said}")
    assert (found.line_id, found.pieces, found.required, found.asked) == (10, 2, required, asked)
    assert required_identifiers.missing(Company.get(), line_of(10), 3, 3, 3) is None
    for name in ("imei", "serial_number"):
        OrderLine.update(imei="", serial_number="").execute()
        OrderLine.update(**{name: IMEI}).where(OrderLine.line_id == 10).execute()
        assert required_identifiers.missing(Company.get(), line_of(10), 3, 3, 1) is None


@pytest.mark.parametrize(
    ("policy", "kind", "wrong", "doubt"),
    [
        ("PHN=imei", DeviceKind.IMEI, "", ""),
        ("PHN=imei", DeviceKind.SERIAL, "PHN needs its IMEI: ", ""),
        ("PHN=serial", DeviceKind.IMEI, "PHN needs its serial number: ", ""),
        ("PHN=none", DeviceKind.IMEI, "PHN needs no IMEI and no serial number: ", ""),
        ("PHN=ask", DeviceKind.IMEI, "", ""),
    ],
)
def test_number_of_the_kind_that_the_policy_does_not_want_is_told(
    rack: Desk, policy: str, kind: DeviceKind, wrong: str, doubt: str
) -> None:
    Company.update(identifier_policy=policy).execute()
    found = required_identifiers.wrong_kind(Company.get(), line_of(20), kind)
    assert (found.startswith(wrong), bool(found)) == (True, bool(wrong))
    assert required_identifiers.unusual_kind(Company.get(), line_of(20), kind) == doubt


@pytest.mark.parametrize(
    ("policy", "earlier", "words"),
    [
        ("PHN=none", [], "nothing"),
        ("PHN=imei", [], "IMEI"),
        ("PHN=serial", [], "serial number"),
        ("PHN=ask", [], "IMEI or serial number"),
        ("PHN=ask", ["", ""], "optional; earlier ones had none"),
        ("PHN=ask", [IMEI, IMEI], "IMEI, if it has one"),
    ],
)
def test_empty_field_of_a_line_says_what_belongs_in_it(rack: Desk, policy: str, earlier: list[str], words: str) -> None:
    for place, number in enumerate(earlier, start=100):
        take_in(rack, raw_order(place, [raw_line(place * 10, 3, sku="PHN", imei=number)]))
    Company.update(identifier_policy=policy).execute()
    assert required_identifiers.wanted(Company.get(), line_of(20)) == words
    # The product of a phone says the kind, and does not make it a duty.
    OrderLine.update(product="iPhone 12").execute()
    phone = {"IMEI or serial number": "IMEI, if it has one"}.get(words, words)
    assert required_identifiers.wanted(Company.get(), line_of(20)) == phone


def test_trial_counts_what_a_policy_would_have_stopped_and_what_earlier_pieces_suggest(offline: Desk) -> None:
    numbers = {"PHN": ("imei", IMEI, OTHER), "LAP": ("serial_number", SERIAL, SERIAL), "ACC": ("imei", "", "")}
    for first, (sku, (name, *values)) in enumerate(numbers.items(), start=1):
        for place, value in enumerate(values):
            number = first * 10 + place
            take_in(offline, raw_order(number, [raw_line(number, 3, sku=sku, **{name: value})]))
    take_in(offline, raw_order(90, [raw_line(90, 2, sku="NEW")]))
    given_now = policy_trial.tried(offline, None, "PHN=imei; LAP=serial; ACC=none; NEW=imei")
    assert {one.sku: (one.proposed, one.shipped, one.stopped) for one in given_now.skus} == {
        "PHN": ("imei", 2, 0),
        "LAP": ("serial", 2, 0),
        "ACC": ("none", 2, 0),
        "NEW": ("", 0, 0),
    }
    assert given_now.sentence == "4 SKUs. It would have stopped 0 of 6 shipped lines."
    turned = policy_trial.tried(offline, None, "PHN=none; LAP=imei; ACC=serial; NEW=ask")
    assert [(one.sku, one.stopped) for one in turned.skus] == [("LAP", 2), ("ACC", 2), ("PHN", 2), ("NEW", 0)]
    assert turned.skus[0].sentence.endswith(" Earlier ones: serial. It would have stopped 2 of 2.")
    assert (
        policy_trial.tried(offline, None, "", last=1).sentence == "1 SKU. It would have stopped 0 of 0 shipped lines."
    )


def test_stored_devices_are_for_the_pieces_that_have_not_left(rack: Desk) -> None:
    shipping.ship(rack, 1, replace(PARCEL, lines={10: 1}, identifiers=(given(10, IMEI), given(10, OTHER))))
    line = line_of(10)
    assert [required_identifiers.spare(line, left) for left in (3, 2, 1, 0)] == [2, 1, 0, 0]
    Unit.update(state="withdrawn").where(Unit.imei == OTHER).execute()
    assert required_identifiers.spare(line, 3) == 1


def test_trial_lists_what_needs_a_number_first_and_skus_of_one_need_by_name(offline: Desk) -> None:
    policy = "Z*=imei; Y*=serial; X*=ask; W*=none"
    skus = ("W1", "X1", "Y1", "Z2", "Z1")
    take_in(offline, *(raw_order(place, [raw_line(place, 2, sku=sku)]) for place, sku in enumerate(skus, start=1)))
    assert [one.sku for one in policy_trial.tried(offline, None, policy).skus] == ["Z1", "Z2", "Y1", "X1", "W1"]
    # What it would have stopped comes first.
    OrderLine.update(state=3, imei=IMEI).where(OrderLine.sku == "W1").execute()
    found = policy_trial.tried(offline, None, policy).skus
    assert [(one.sku, one.shipped, one.stopped) for one in found[:2]] == [("W1", 1, 1), ("Z1", 0, 0)]
    # Only the latest lines are tried.
    assert [one.sku for one in policy_trial.tried(offline, None, policy, last=2).skus] == ["Z1", "Z2"]
