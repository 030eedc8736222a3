"""Plans of parcels in words, dates and names; devices on their way; and the lists of what is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from helpers import line_of, order_of, raw_line, raw_order, take_in

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.shipping import identifiers, required_identifiers
from bmtui.desk.shipping import plan as ship_plan
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import Identifier, given
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.errors import RuleRefused
from bmtui.store.models import Audit, Company, Effect, Order, OrderLine, Shipment, Unit
from bmtui.values.identifier import Kind

IMEI, OTHER, SERIAL, LABEL = "356938035643809", "490154203237518", "C02XK1ABCDEF", "1Z999AA10123456784"
PARCEL = ShipRequest(LABEL, "UPS", accept_doubts=True)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


# The plan


def test_plan_of_a_parcel_says_what_leaves_and_what_it_registers(stock: Desk) -> None:
    one = shipping.plan(stock, 1, replace(PARCEL, identifiers=(given(10, IMEI),)))
    assert one.sentence == f"Ship order 1 (all of it) with UPS {LABEL}. It registers IMEI {IMEI}."
    part = shipping.plan(stock, 2, replace(PARCEL, lines={20: 2}, identifiers=(given(20, SERIAL),)))
    assert part.sentence == (
        f"Ship order 2 (2 × TRI) with UPS {LABEL}. It registers serial number {SERIAL}. It is recorded here; "
        "Back Market accepts one shipment per order, which is sent with the last part."
    )
    assert (part.whole, part.write, part.waits, part.lines) == (False, None, "", ((20, 2),))
    whole = shipping.plan(stock, 2, replace(PARCEL, lines={20: None, 21: None}))
    assert (whole.whole, whole.lines) == (True, ((20, 3), (21, 1)))
    assert whole.review[0] == "Sent to Back Market, exactly, after the order was read again:"
    assert part.review == ("Nothing is sent to Back Market.",)
    assert whole.write is not None


@pytest.mark.parametrize(
    ("date", "shipped_at"),
    [
        (None, NOW),
        ("2026-11-24", NOW),
        ("2026-11-23", datetime(2026, 11, 23, 11, tzinfo=UTC)),
        ("2026-11-25", datetime(2026, 11, 25, 11, tzinfo=UTC)),
        ("2026-11-25T13:00", NOW + timedelta(days=1)),
        ("2026-11-25T13:01", None),
        ("2026-11-01T11:00", datetime(2026, 11, 1, 10, tzinfo=UTC)),
        ("2026-11-01T10:59", None),
    ],
)
def test_ship_date_is_from_the_order_to_a_day_from_now(
    stock: Desk, date: str | None, shipped_at: datetime | None
) -> None:
    if shipped_at is not None:
        assert shipping.plan(stock, 1, replace(PARCEL, date=date)).shipped_at == shipped_at
        return
    with pytest.raises(RuleRefused, match=r"in the future|before the order") as refused:
        shipping.plan(stock, 1, replace(PARCEL, date=date))
    assert refused.value.field == "date"
    assert "future" not in refused.value.message or "It is 2026-11-24 13:00 now." in refused.value.advice


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"channel_status": "awaiting_payment"}, "is not paid"),
        ({"shipping_status": "fully_shipped"}, "is shipped already"),
        ({"channel_status": "cancelled"}, "is cancelled on Back Market: do not send its parcel"),
        ({"status": "problem_order"}, "is Problem Order here: bring it back"),
        ({"channel_status": "partly_shipped"}, ""),
        ({"channel_status": "shipped"}, "there is nothing to ship"),
        ({}, ""),
    ],
)
def test_order_is_shipped_in_the_right_states_alone(stock: Desk, columns: dict[str, str], why: str) -> None:
    if columns:
        Order.update(**columns).where(Order.order_id == 1).execute()
    said = ship_plan.why_not(order_of(1), [line_of(10)])
    assert (said is None) is (not why)
    assert why in (said or "")
    options = shipping.options(stock, 1)
    assert options.why_not == said


def test_order_of_which_one_line_is_not_accepted_is_not_shipped(stock: Desk) -> None:
    OrderLine.update(state=1).where(OrderLine.line_id == 21).execute()
    with pytest.raises(RuleRefused, match="Order 2 is not accepted yet: accept it first"):
        shipping.plan(stock, 2, PARCEL)


def test_dialog_of_a_parcel_names_the_lines_that_are_left_and_what_they_need(stock: Desk) -> None:
    companies.change(stock, None, {"identifier_policy": "TRI=imei; ACC=none", "carriers": "Express=UPS"})
    Order.update(carrier="Express", tracking_number="T1").where(Order.order_id == 2).execute()
    shipping.ship(stock, 2, replace(PARCEL, lines={20: 1}, identifiers=(given(20, IMEI),)))
    options = shipping.options(stock, 2)
    assert [(line, sku, left) for line, sku, _, left in options.lines] == [(20, "TRI", 2), (21, "ACC", 1)]
    assert (options.tracking, options.carrier, options.version) == ("T1", "UPS", order_of(2).version)
    assert (dict(options.wanted), options.required) == ({20: "IMEI", 21: "nothing"}, (20,))
    companies.change(stock, None, {"identifier_policy": "TRI=imei; PHN=serial"})
    assert (dict(shipping.options(stock, 1).wanted), shipping.options(stock, 1).required) == (
        {10: "serial number"},
        (10,),
    )
    with pytest.raises(RuleRefused, match="2 × TRI is shipped without its IMEI") as refused:
        shipping.plan(stock, 2, replace(PARCEL, lines={20: 2}))
    assert refused.value.field == "identifier-20"
    made = shipping.plan(stock, 2, replace(PARCEL, lines={20: 2}, missing_override="spare parts"))
    assert [sentence.partition(":")[0] for sentence in made.without] == ["2 × TRI is shipped without its IMEI"]


def test_parcel_in_no_doubt_leaves_no_word_about_a_check(stock: Desk) -> None:
    shipping.ship(stock, 1, PARCEL)
    assert not Audit.select().where(Audit.action.in_(["tracking.overridden", "identifier.overridden"])).exists()
    override = replace(PARCEL, carrier="DHL", tracking_override="DHL hands over to UPS")
    made = shipping.plan(stock, 3, override)
    assert made.against == "a tracking number of UPS, not of DHL"
    assert f"{LABEL} is a tracking number of UPS, not of DHL." in made.warnings
    done = shipping.ship(stock, 3, override)
    told = Audit.get(Audit.action == "tracking.overridden")
    assert (
        told.summary.startswith(f"The tracking number of shipment {done.shipment_id} was stored"),
        told.order_ref,
    ) == (
        True,
        order_of(3).id,
    )


def test_stale_view_and_read_only_desk_ship_nothing(stock: Desk) -> None:
    with pytest.raises(RuleRefused, match="read-only"):
        shipping.ship(replace(stock, read_only=True), 1, PARCEL)
    for act in (shipping.retry, shipping.dismiss, shipping.mark_notified):
        with pytest.raises(RuleRefused, match="read-only"):
            act(replace(stock, read_only=True), 1)
    with pytest.raises(RuleRefused, match="read-only"):
        identifiers.identify(replace(stock, read_only=True), 1, [given(10, IMEI)])
    assert not Shipment.select().exists()


# Devices


@pytest.mark.parametrize(
    ("one", "final"),
    [
        (Identifier(10, "A1", "imei", True, "A1"), True),
        (Identifier(10, "N/A", "imei", True, "N/A"), True),
        (Identifier(10, "356938035643800", "imei", False, "356938035643800"), False),
        (Identifier(10, IMEI, "serial_number", came=IMEI), True),
    ],
)
def test_text_that_is_no_number_at_all_is_refused_for_good(stock: Desk, one: Identifier, final: bool) -> None:
    problem = identifiers.wrong_with(one)
    assert problem is not None
    assert problem.final is final
    for override in ("", "I know better"):
        if override and not final:
            identifiers.refuse([problem], override)
            continue
        with pytest.raises(RuleRefused) as refused:
            identifiers.refuse([problem], override)
        assert refused.value.field == "identifier-10"
    assert identifiers.wrong_with(given(10, IMEI)) is None


def test_number_of_a_kind_that_was_said_is_not_guessed_again() -> None:
    number = "1234567890123456"
    assert identifiers.wrong_with(given(10, number, "serial_number")) is None
    assert identifiers.wrong_with(Identifier(10, number, "serial_number")) is None
    guessed = identifiers.wrong_with(Identifier(10, number, "serial_number", came=number))
    assert guessed is not None
    # It is the same number however it came, and its text stays out of messages.
    assert given(10, f"imei:{IMEI}") == given(10, f" {IMEI}") == given(10, IMEI, "imei")
    assert "came" not in repr(given(10, f"IMEI: {IMEI}"))


def test_number_of_both_kinds_is_not_the_same_device_twice(stock: Desk) -> None:
    def told(*some: Identifier) -> list[str]:
        found = identifiers.problems(order_of(2), [line_of(20), line_of(21)], some)
        return [one.sentence for one in found if "in this order twice" in one.sentence]

    assert told(given(20, IMEI), given(20, IMEI, "serial_number")) == []
    assert told(given(20, IMEI), given(20, IMEI)) == [f"The IMEI {IMEI} is in this order twice."]


@pytest.mark.parametrize(("number", "told"), [(IMEI, IMEI), (SERIAL, SERIAL)])
def test_device_on_its_way_is_named_whichever_kind_is_given_now(stock: Desk, number: str, told: str) -> None:
    shipping.ship(stock, 1, replace(PARCEL, identifiers=(given(10, number),)))
    Unit.update(state="sending").execute()
    for other in (OTHER, "C02XK1ABCDEG"):
        with pytest.raises(RuleRefused, match=f"^{told} is on its way to Back Market for line 10"):
            identifiers.plan(stock, 1, [given(10, other)])


@pytest.mark.parametrize(("number", "told"), [(OTHER, IMEI), ("C02XK1ABCDEG", SERIAL)])
def test_device_of_an_earlier_release_with_both_numbers_is_named_by_the_kind_that_is_given(
    stock: Desk, number: str, told: str
) -> None:
    shipping.ship(stock, 1, replace(PARCEL, identifiers=(given(10, IMEI),)))
    Unit.update(state="sending", serial_number=SERIAL).execute()
    with pytest.raises(RuleRefused, match=f"^{told} is on its way to Back Market"):
        identifiers.plan(stock, 1, [given(10, number)])


def test_policy_says_which_kind_a_person_is_asked_for(stock: Desk) -> None:
    companies.change(stock, None, {"identifier_policy": "PHN=serial; TRI=imei; ACC=ask"})
    kinds = {
        sku: required_identifiers.proposed(required_identifiers.verdict(Company.get(), line), line)
        for sku, line in (("PHN", line_of(10)), ("TRI", line_of(20)), ("ACC", line_of(21)))
    }
    assert kinds == {"PHN": Kind.SERIAL, "TRI": Kind.IMEI, "ACC": Kind.IMEI}
    # Two pieces with serial numbers left before: the policy counts first.
    for number in (100, 101):
        take_in(stock, *(raw_order(number * 10 + place, [raw_line(number * 100 + place, 3, sku=sku, imei=IMEI)])
                for place, sku in enumerate(("PHN", "TRI"))))  # fmt: skip
    assert required_identifiers.proposed(required_identifiers.verdict(Company.get(), line_of(10)), line_of(10)) is (
        Kind.SERIAL
    )


def test_devices_of_a_line_of_several_pieces_are_numbered_and_kept_here(stock: Desk) -> None:
    found = identifiers.identify(stock, 2, [given(20, IMEI), given(20, SERIAL)], accept_doubts=True)
    assert found.job_id is None
    assert found.kept == (
        "TRI is a line of 3 pieces; Back Market accepts one identifier per line: they are stored here only.",
    )
    assert [(unit.number, unit.imei, unit.serial_number, unit.state) for unit in Unit.select().order_by(Unit.id)] == [
        (1, IMEI, "", "kept"),
        (2, "", SERIAL, "kept"),
    ]
    assert identifiers.free_numbers(line_of(20)) == [3]
    with pytest.raises(RuleRefused, match=r"can have 1 of these numbers, not 2"):
        identifiers.plan(stock, 2, [given(20, OTHER), given(20, "353270040000004")])
    with pytest.raises(RuleRefused, match=r"can have 1 of these numbers, not 2"):
        identifiers.plan(stock, 2, [given(20, OTHER), given(20, "C02XK1ABCDEG")])
    Unit.update(state="dismissed").where(Unit.number == 1).execute()
    assert identifiers.free_numbers(line_of(20)) == [1, 3]


def test_device_waits_for_the_parcel_and_is_registered_once_it_is_known(stock: Desk) -> None:
    found = identifiers.identify(stock, 1, [given(10, IMEI)])
    assert (found.job_id, found.kept) == (None, ("It is sent once the shipment of the order is confirmed.",))
    assert Unit.get().state == "waiting"
    OrderLine.update(state=3).where(OrderLine.line_id == 10).execute()
    job_id = identifiers.send_waiting(stock, order_of(1))
    effect = Effect.get(Effect.job == job_id)
    assert (effect.body, effect.about, effect.subject_id) == ({"imei": IMEI}, f"IMEI {IMEI} of PHN", Unit.get().id)
    assert Unit.get().state == "queued"
    assert identifiers.send_waiting(stock, order_of(1)) is None
    OrderLine.update(state=3).where(OrderLine.line_id == 30).execute()
    at_once = identifiers.identify(stock, 3, [given(30, OTHER)])
    assert (at_once.job_id is None, at_once.kept) == (False, ())


@pytest.mark.parametrize("state", [4, 5, 6])
def test_device_of_a_line_that_ended_is_withdrawn_and_not_registered(stock: Desk, state: int) -> None:
    identifiers.identify(stock, 1, [given(10, IMEI)])
    OrderLine.update(state=state).where(OrderLine.line_id == 10).execute()
    assert identifiers.send_waiting(stock, order_of(1)) is None
    assert (Unit.get().state, "nothing is registered for it" in Unit.get().error) == ("withdrawn", True)
    assert not Effect.select().exists()


def test_same_device_on_another_open_line_is_named(stock: Desk) -> None:
    identifiers.identify(stock, 1, [given(10, IMEI)])

    def said(line: int, order: int) -> str:
        return identifiers.elsewhere(order_of(order), line_of(line), given(line, IMEI))

    assert said(30, 3) == f"The IMEI {IMEI} is on order 1 already (Accepted)."
    assert said(10, 1) == ""
    Unit.update(state="withdrawn").execute()
    assert said(30, 3) == ""
    OrderLine.update(imei=IMEI).where(OrderLine.line_id == 21).execute()
    assert said(20, 2) == f"The IMEI {IMEI} is on line 21 of this order already (Accepted)."
    OrderLine.update(state=6).where(OrderLine.line_id == 21).execute()
    assert said(20, 2) == ""


# Lists


def test_open_parcels_are_listed_by_what_is_wrong_with_them(stock: Desk) -> None:
    one = shipping.ship(stock, 1, replace(PARCEL, identifiers=(given(10, IMEI),))).shipment_id
    two = shipping.ship(stock, 3, replace(PARCEL, identifiers=(given(30, OTHER),))).shipment_id

    def state(parcel: str, device: str) -> tuple[list[int | None], list[int | None], list[int | None]]:
        Shipment.update(state=parcel).where(Shipment.id == one).execute()
        Unit.update(state=device).where(Unit.imei == IMEI).execute()
        lists: list[dict[str, Any]] = [{}, {"failed": True}, {"everything": True}]
        first, second, third = ([view.shipment_id for view in shipping.listing(stock, **more)] for more in lists)
        return first, second, third

    assert state("queued", "waiting") == ([two, one], [], [two, one])
    assert state("failed", "waiting") == ([two, one], [one], [two, one])
    assert state("unknown", "waiting") == ([two, one], [one], [two, one])
    assert state("confirmed", "confirmed") == ([two], [], [two, one])
    assert state("confirmed", "failed") == ([two, one], [one], [two, one])
    assert state("confirmed", "queued") == ([two, one], [], [two, one])
    assert state("notified", "not_applied") == ([two, one], [one], [two, one])
    assert state("dismissed", "failed") == ([two], [], [two, one])
    assert [view.shipment_id for view in shipping.listing(stock, everything=True, limit=1)] == [two]


def test_parcel_shows_the_worst_of_its_devices(stock: Desk) -> None:
    done = shipping.ship(stock, 2, replace(PARCEL, identifiers=(given(20, IMEI), given(20, SERIAL))))
    Shipment.update(state="confirmed", error="").execute()
    Unit.update(state="queued").where(Unit.imei == IMEI).execute()
    Unit.update(state="failed", error="Not this one.").where(Unit.serial_number == SERIAL).execute()
    view = shipping.show(stock, done.shipment_id)
    assert (view.identifiers, view.open_state, view.error) == ("failed", "failed", f"{SERIAL}: Not this one.")
    assert sorted((part["line_id"], part["quantity"]) for part in view.lines) == [(20, 3), (21, 1)]
    Unit.update(state="confirmed").execute()
    view = shipping.show(stock, done.shipment_id)
    assert (view.identifiers, view.open_state, view.error) == ("", "confirmed", "")


def test_parcel_shows_its_own_error_where_its_device_has_none(stock: Desk) -> None:
    done = shipping.ship(stock, 1, replace(PARCEL, identifiers=(given(10, IMEI),)))
    Shipment.update(state="notified", error="Typed in.").execute()
    Unit.update(state="failed", error="").execute()
    assert shipping.show(stock, done.shipment_id).error == "Typed in."
    Unit.update(error="Refused.").execute()
    assert shipping.show(stock, done.shipment_id).error == f"{IMEI}: Refused."
    Unit.update(imei="", serial_number=SERIAL).execute()
    assert shipping.show(stock, done.shipment_id).error == f"{SERIAL}: Refused."


def test_more_numbers_than_pieces_of_a_line_are_refused_whatever_their_kinds(stock: Desk) -> None:
    two = OrderLine.update(quantity=2).where(OrderLine.line_id == 20).execute()
    assert two == 1
    with pytest.raises(RuleRefused, match=r"Line 20 \(TRI\) can have 2 of these numbers, not 3"):
        identifiers.identify(stock, 2, [given(20, IMEI), given(20, OTHER), given(20, SERIAL)])
    with pytest.raises(RuleRefused, match=r"Line 10 \(PHN\) accepts an IMEI or a serial number, not both"):
        identifiers.identify(stock, 1, [given(10, IMEI), given(10, SERIAL)])
    with pytest.raises(RuleRefused, match=r"Line 10 \(PHN\) can have 1 of these numbers, not 2"):
        identifiers.identify(stock, 1, [given(10, IMEI), given(10, OTHER)])


def test_device_is_not_registered_before_its_parcel_is_confirmed(stock: Desk) -> None:
    done = shipping.ship(stock, 1, PARCEL)
    for state in ("queued", "sending", "failed", "unknown"):
        Shipment.update(state=state).execute()
        assert identifiers.identify(stock, 1, [given(10, IMEI)]).job_id is None
        assert identifiers.send_waiting(stock, order_of(1)) is None
    Shipment.update(state="notified").where(Shipment.id == done.shipment_id).execute()
    assert identifiers.send_waiting(stock, order_of(1)) is not None


def test_upload_that_is_tried_again_says_why(stock: Desk) -> None:
    done = shipping.ship(stock, 1, PARCEL)
    assert shipping.show(stock, done.shipment_id).waits == ""
    Effect.update(error="No network.").execute()
    assert shipping.show(stock, done.shipment_id).waits == "No network."


def test_company_that_sends_nothing_ships_nothing(stock: Desk) -> None:
    companies.change(stock, None, {"enabled": "false"})
    with pytest.raises(RuleRefused, match="is not enabled"):
        shipping.ship(stock, 1, PARCEL)
    with pytest.raises(RuleRefused, match="is not enabled"):
        identifiers.identify(stock, 1, [given(10, IMEI)])
    assert (Shipment.select().count(), Unit.select().count()) == (0, 0)


def test_piece_gets_a_device_whatever_became_of_that_of_another_piece(stock: Desk) -> None:
    OrderLine.update(quantity=2).where(OrderLine.line_id == 20).execute()
    identifiers.identify(stock, 2, [given(20, IMEI)])
    Unit.update(state="confirmed").execute()
    identifiers.identify(stock, 2, [given(20, OTHER)])
    assert [(unit.number, unit.imei) for unit in Unit.select().order_by(Unit.number)] == [(1, IMEI), (2, OTHER)]
