"""Issue Refund: exactly the request that the line's state allows; refusals come before anything is stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from helpers import check_money, dump, eur, order_of, raw_line, raw_order, take_in
from refund_counter import settle

from bmtui.desk.companies import companies
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import effects
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds import ledger
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import ConfigError, EditConflict, NotFound, RuleRefused
from bmtui.money import Money
from bmtui.queue import jobs as queue
from bmtui.store.models import Audit, Effect, Job, Refund
from bmtui.words import EffectState


def writes(plan: refunds.RefundPlan) -> list[tuple[str, dict[str, Any]] | None]:
    return [(item.write.path, dict(item.write.body)) if item.write else None for item in plan.items]


# What is sent

ORDER_PATH, SAV = "/ws/orders/{}", "/ws/sav/refund"


def by_sku(order_id: int, state: int, sku: str, **more: int) -> tuple[str, dict[str, Any]]:
    return f"/ws/orders/{order_id}", {"order_id": order_id, "new_state": state, "sku": sku, **more}


def by_line(line_id: int, **more: float) -> tuple[str, dict[str, Any]]:
    return SAV, {"orderline_pk": line_id, **more}


@pytest.mark.parametrize(
    ("order_id", "request_", "expected"),
    [
        (1, RefundRequest(), [by_sku(1, 6, "ONE", return_reason=25)]),
        (1, RefundRequest(reason=0), [by_sku(1, 6, "ONE", return_reason=0)]),
        (1, RefundRequest(lines={11: None}, reason=21), [by_sku(1, 6, "ONE", return_reason=21)]),
        (1, RefundRequest(amount=eur("100")), [by_sku(1, 6, "ONE", return_reason=25)]),
        (1, RefundRequest(amount=eur("99.99")), [by_line(11, refund_type=6, amount=99.99)]),
        (1, RefundRequest(lines={11: eur("0.01")}), [by_line(11, refund_type=6, amount=0.01)]),
        (2, RefundRequest(), [by_sku(2, 5, "TWO")]),
        (2, RefundRequest(amount=eur("80.00")), [by_sku(2, 5, "TWO")]),
        (4, RefundRequest(lines={42: None}), [by_sku(4, 6, "B", return_reason=25)]),
        # Two lines of one SKU: by SKU both would be refunded.
        (4, RefundRequest(lines={41: None}), [by_line(41, refund_type=6, amount=30.0)]),
        (
            4,
            RefundRequest(),
            [
                by_line(41, refund_type=6, amount=30.0),
                by_sku(4, 6, "B", return_reason=25),
                by_line(43, refund_type=6, amount=10.0),
            ],
        ),
        (1, RefundRequest("issue_refund", lines={11: None}), [None]),
        (1, RefundRequest("issue_refund", shipping=eur("5")), [None]),
        (1, RefundRequest("issue_refund"), [None]),
    ],
)
def test_refund_request_follows_from_the_state_of_the_line(
    counter: Desk, order_id: int, request_: RefundRequest, expected: list[Any]
) -> None:
    before = dump(counter)
    plan = refunds.plan(counter, order_id, request_)
    assert writes(plan) == expected
    assert dump(counter) == before
    issued = refunds.issue(counter, order_id, request_)
    assert issued.plan == plan
    sent = [item for item in expected if item]
    assert [(effect.path, effect.body) for effect in Effect.select().order_by(Effect.id)] == sent
    assert (issued.job_id is None) == (not sent)
    assert sum(item.amount.minor for item in plan.items) == plan.total.minor == order_of(order_id).refunded
    assert str(plan.total) in plan.sentence
    check_money()


def test_lines_with_the_same_sku_are_refunded_by_line_number(offline: Desk) -> None:
    """Name the line in each request: the states here may be old, and the other line may be shipped on the channel."""
    take_in(offline, raw_order(1, [raw_line(1, 3), raw_line(2, 2)], state=3))
    assert writes(refunds.plan(offline, 1, RefundRequest(lines={1: None}))) == [by_line(1, refund_type=6, amount=100.0)]
    assert writes(refunds.plan(offline, 1, RefundRequest(lines={2: None}))) == [by_line(2, refund_type=5)]


def test_line_without_a_sku_is_refunded_by_its_number(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(1, 3, sku="")]))
    assert writes(refunds.plan(offline, 1, RefundRequest())) == [by_line(1, refund_type=6, amount=100.0)]


def test_rest_of_a_line_is_refunded_by_amount_and_is_not_guarded(counter: Desk) -> None:
    settle(counter, refunds.issue(counter, 1, RefundRequest(amount=eur("40"))), EffectState.CONFIRMED)
    issued = refunds.issue(counter, 1, RefundRequest(lines={11: None}))
    assert writes(issued.plan) == [by_line(11, refund_type=6, amount=60.0)]
    assert [effect.expected["guarded"] for effect in Effect.select()] == [False, False]
    assert [(row.refunded, row.payment_status) for row in [order_of(1)]] == [(10000, "partially_refunded")]


def test_refund_of_a_whole_line_alone_is_guarded_by_its_state(counter: Desk) -> None:
    refunds.issue(counter, 1, RefundRequest())
    refunds.issue(counter, 2, RefundRequest())
    expected = [effect.expected for effect in Effect.select().order_by(Effect.id)]
    assert expected == [
        {"lines": [11], "from": 3, "to": 6, "guarded": True},
        {"lines": [21], "from": 2, "to": 5, "guarded": True},
    ]


def test_yen_have_no_decimals(offline: Desk) -> None:
    raw = raw_order(1, [raw_line(1, 3, "4500")], currency="JPY", price="4500", shipping_price="0")
    take_in(offline, raw)
    plan = refunds.plan(offline, 1, RefundRequest(amount=Money(1000, "JPY")))
    assert writes(plan) == [by_line(1, refund_type=6, amount=1000)]
    assert type(dict(plan.items[0].write.body)["amount"]) is int  # type: ignore[union-attr]
    assert "1000 JPY" in plan.sentence
    with pytest.raises(RuleRefused, match="4500 JPY"):
        refunds.plan(offline, 1, RefundRequest(amount=Money(4501, "JPY")))


# What is refused


@pytest.mark.parametrize(
    ("order_id", "request_", "said"),
    [
        (1, RefundRequest(amount=eur("105.01")), "refundable of order 1: 105.00 EUR"),
        (1, RefundRequest(amount=eur("105.00")), "Back Market can refund: 100.00 EUR"),
        (1, RefundRequest(lines={11: eur("100.01")}), "refundable of line 11"),
        (1, RefundRequest("issue_refund", lines={11: eur("100.01")}), "refundable of line 11"),
        (1, RefundRequest("issue_refund", amount=eur("105.01")), "105.00 EUR"),
        (1, RefundRequest("issue_refund", shipping=eur("5.01")), "shipping charges: 5.00 EUR"),
        (1, RefundRequest(shipping=eur("5.00")), "no refund of shipping"),
        (1, RefundRequest(amount=eur("0")), "0.00 EUR cannot"),
        (1, RefundRequest(amount=Money(-5, "EUR")), "cannot be refunded"),
        (4, RefundRequest("issue_refund", lines={41: Money(-1000, "EUR"), 42: eur("20")}), "cannot be refunded"),
        (1, RefundRequest("issue_refund", lines={11: eur("9")}, shipping=Money(-1, "EUR")), "cannot be refunded"),
        (1, RefundRequest(amount=Money(5, "USD")), "is in EUR"),
        (1, RefundRequest(lines={99: None}), "no line 99"),
        (2, RefundRequest(amount=eur("10")), "in full: 80.00 EUR"),
        (3, RefundRequest("refund_on_back_market"), "not accepted yet"),
        (3, RefundRequest("refund_on_back_market", lines={31: None}), "not accepted yet"),
        (4, RefundRequest(amount=eur("12")), "per line"),
        (1, RefundRequest("issue_refund_check"), "check number"),
        (1, RefundRequest("issue_refund_check", reference="\x00 \x1b"), "check number"),
        (1, RefundRequest(date="2026-11-25"), "in the future"),
        (1, RefundRequest(date="2026-10-31"), "before the order"),
        (1, RefundRequest(note="x" * 501), "501 characters"),
        (1, RefundRequest(reference="x" * 101), "101 characters"),
    ],
)
def test_refund_against_a_rule_is_refused_and_not_stored(
    counter: Desk, order_id: int, request_: RefundRequest, said: str
) -> None:
    before = dump(counter)
    for act in (refunds.plan, refunds.issue):
        with pytest.raises(RuleRefused, match=said):
            act(counter, order_id, request_)
    assert dump(counter) == before


@pytest.mark.parametrize(
    "request_",
    [
        RefundRequest("cash_back"),
        RefundRequest(method="gold"),
        RefundRequest(reason=7),
        RefundRequest(date="tomorrow"),
        RefundRequest(amount=eur("1"), lines={11: None}),
        RefundRequest(amount=eur("1"), shipping=eur("1")),
    ],
)
def test_refund_with_an_unreadable_field_is_refused(counter: Desk, request_: RefundRequest) -> None:
    before = dump(counter)
    with pytest.raises(ConfigError):
        refunds.issue(counter, 1, request_)
    assert dump(counter) == before


def test_the_refund_date_is_a_day_of_the_companys_zone(counter: Desk) -> None:
    refunds.issue(counter, 1, RefundRequest("issue_refund", amount=eur("1")))
    refunds.issue(counter, 1, RefundRequest("issue_refund", amount=eur("1"), date="2026-11-01"))
    refunds.issue(counter, 1, RefundRequest("issue_refund", amount=eur("1"), date="2026-11-24"))
    assert [row.date for row in Refund.select().order_by(Refund.id)] == ["2026-11-24", "2026-11-01", "2026-11-24"]
    assert refunds.options(counter, 1).today == "2026-11-24"


def test_order_without_a_payment_or_fully_refunded_has_nothing_to_refund(offline: Desk) -> None:
    take_in(
        offline,
        raw_order(1, [raw_line(1, 8)], state=10, date_payment=None),
        raw_order(2, [raw_line(2, 4)]),
    )
    for order_id, said in ((1, "no payment"), (2, "fully refunded")):
        with pytest.raises(RuleRefused, match=said):
            refunds.issue(offline, order_id, RefundRequest())
        assert said in (refunds.options(offline, order_id).why_not or "")
    with pytest.raises(NotFound):
        refunds.options(offline, 3)


def test_line_with_a_refund_under_way_takes_no_second_refund(counter: Desk) -> None:
    first = refunds.issue(counter, 1, RefundRequest(amount=eur("40")))
    for state in (EffectState.PLANNED, EffectState.SENDING, EffectState.UNKNOWN, EffectState.NEEDS_PERSON):
        settle(counter, first, state)
        with pytest.raises(RuleRefused, match="on its way"):
            refunds.issue(counter, 1, RefundRequest("refund_on_back_market", lines={11: eur("10")}))
        (line,) = refunds.options(counter, 1).lines
        assert (line.channel, line.refundable) == ("", eur("60"))
    settle(counter, first, EffectState.CONFIRMED)
    refunds.issue(counter, 1, RefundRequest(lines={11: eur("10")}))


def test_refund_operation_defaults_to_the_channel_where_possible(counter: Desk) -> None:
    assert [refunds.options(counter, order_id).default_operation for order_id in (1, 2, 3, 4)] == [
        *("refund_on_back_market", "refund_on_back_market", "issue_refund", "refund_on_back_market")
    ]
    assert [line.channel for n in (1, 2, 3) for line in refunds.options(counter, n).lines] == ["any", "full", ""]
    why = {one.operation: one.why_not for one in refunds.options(counter, 3).operations}
    assert "not accepted yet" in (why["refund_on_back_market"] or "")
    assert why["issue_refund"] is None
    issued = refunds.issue(
        counter, 3, RefundRequest("issue_refund", amount=eur("10"), method="wire", reference="R1", note="N\x1b1")
    )
    assert issued.job_id is None
    (refund,) = overview.show(counter, 3).refunds
    assert (refund.state, refund.method, refund.reference, refund.note) == ("recorded", "wire", "R1", "N1")
    assert (refund.amount, refund.part, refund.operation) == (eur("10"), "Order", "issue_refund")


def test_goodwill_counts_against_every_line(counter: Desk) -> None:
    refunds.issue(counter, 1, RefundRequest("issue_refund", amount=eur("25")))
    (line,) = refunds.options(counter, 1).lines
    assert line.refundable == eur("80")
    issued = refunds.issue(counter, 1, RefundRequest(lines={11: None}))
    assert issued.plan.total == eur("80")
    assert writes(issued.plan) == [by_line(11, refund_type=6, amount=80.0)]
    assert order_of(1).payment_status == "fully_refunded"


def test_refund_of_several_whole_lines_is_never_more_than_the_rest(counter: Desk) -> None:
    refunds.issue(counter, 4, RefundRequest("issue_refund", amount=eur("20")))
    with pytest.raises(RuleRefused):
        refunds.issue(counter, 4, RefundRequest())
    issued = refunds.issue(counter, 4, RefundRequest("issue_refund", lines={41: None, 42: None}))
    assert [item.amount for item in issued.plan.items] == [eur("30"), eur("15")]
    assert order_of(4).refunded == order_of(4).received


def test_shipping_charges_are_refunded_only_once(counter: Desk) -> None:
    refunds.issue(counter, 1, RefundRequest("issue_refund", shipping=eur("3")))
    assert refunds.options(counter, 1).shipping == eur("2")
    with pytest.raises(RuleRefused, match=r"2\.00 EUR"):
        refunds.issue(counter, 1, RefundRequest("issue_refund", shipping=eur("3")))


def test_refund_is_stored_in_one_transaction(counter: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dump(counter)

    def fail(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    for place, name in ((queue, "submit"), (effects, "plan"), (ledger, "book"), (audit, "record")):
        with monkeypatch.context() as broken:
            broken.setattr(place, name, fail)
            with pytest.raises(ZeroDivisionError):
                refunds.issue(counter, 4, RefundRequest())
        assert dump(counter) == before
    refunds.issue(counter, 4, RefundRequest())
    assert (Refund.select().count(), Effect.select().count(), Job.select().where(Job.type == "refund").count()) == (
        3,
        3,
        1,
    )
    assert Audit.select().where(Audit.action == "refund.issued").count() == 1


def test_an_order_that_changed_since_it_was_opened_is_not_refunded(counter: Desk) -> None:
    version = refunds.options(counter, 1).version
    refunds.issue(counter, 1, RefundRequest("issue_refund", amount=eur("1")), version)
    with pytest.raises(EditConflict):
        refunds.issue(counter, 1, RefundRequest("issue_refund", amount=eur("1")), version)
    assert order_of(1).refunded == 100


def test_refund_with_a_missing_token_or_disabled_company_is_refused_before_storing(counter: Desk) -> None:
    companies.change(counter, None, {"enabled": "false"})
    before = dump(counter)
    with pytest.raises(RuleRefused, match="not enabled"):
        refunds.issue(counter, 1, RefundRequest())
    with pytest.raises(RuleRefused, match="read-only"):
        refunds.issue(replace(counter, read_only=True), 1, RefundRequest("issue_refund"))
    assert dump(counter) == before
    refunds.issue(counter, 1, RefundRequest("issue_refund"))
