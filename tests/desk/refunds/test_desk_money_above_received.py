"""Refunds and cancellations on Back Market: counted together, in any order, and when the channel returns too much."""

from __future__ import annotations

import pytest
from helpers import add_company, check_money, dump, eur, line_of, order_of, raw_line, raw_order, take_in

from bmtui.channel.reading import read_order
from bmtui.desk.cancellation import on_channel as channel_cancel
from bmtui.desk.core import audit, needs_attention
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import effects
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.sync import reconcile
from bmtui.errors import RuleRefused
from bmtui.store.models import Refund
from bmtui.words import EffectState

PAID = 3
"""Number of the paid order of `counter`: one line of 60.00, and 5.00 of shipping charges."""


def cash(amount: str | None = None) -> RefundRequest:
    return RefundRequest("issue_refund", amount=None if amount is None else eur(amount), method="cash")


def paid_order(state: int = 1, day: int = 2, **more: object) -> dict[str, object]:
    line = raw_line(31, state, "60.00", "THREE")
    return raw_order(PAID, [line], state=1, date_modification=f"2026-11-{day:02}T10:00:00+00:00", **more)


@pytest.mark.parametrize(
    "request_",
    [
        cash("20"),
        RefundRequest("issue_refund", lines={31: eur("20")}),
        RefundRequest("issue_refund", shipping=eur("5")),
        cash(),
    ],
)
def test_cancellation_after_a_cash_refund_is_refused(counter: Desk, request_: RefundRequest) -> None:
    refunds.issue(counter, PAID, request_)
    before = dump(counter)
    for act in (channel_cancel.plan, channel_cancel.send):
        with pytest.raises(RuleRefused, match=r"returns all of line 31 \(THREE\), 60\.00 EUR.*refund-void 3 REFUND"):
            act(counter, PAID)
    assert "operation issue_refund" in (channel_cancel.options(counter, PAID).why_not or "")
    assert dump(counter) == before


@pytest.mark.parametrize("request_", [cash(), cash("0.01"), RefundRequest("issue_refund", shipping=eur("5"))])
def test_cash_refund_while_a_cancellation_is_under_way_is_refused(counter: Desk, request_: RefundRequest) -> None:
    channel_cancel.send(counter, PAID)
    assert (order_of(PAID).refunded, line_of(31).refunded) == (6000, 6000)
    before = dump(counter)
    with pytest.raises(RuleRefused, match=r"60\.00 EUR is under way over Back Market.*withdraw it first"):
        refunds.issue(counter, PAID, request_)
    assert "5.00 EUR of shipping charges follow" in (refunds.options(counter, PAID).why_not or "")
    assert dump(counter) == before


def test_withdrawn_cancellation_frees_its_amount(counter: Desk) -> None:
    done = channel_cancel.send(counter, PAID)
    jobs.cancel(counter, done.job_ids[0])
    assert [row.state for row in Refund.select()] == ["withdrawn"]
    assert refunds.options(counter, PAID).refundable == eur("65")
    check_money()


def test_retried_cancellation_is_counted_again_or_refused_if_too_much(counter: Desk) -> None:
    (job_id,) = channel_cancel.send(counter, PAID).job_ids
    (effect,) = effects.of_job(job_id)
    with counter.store.transaction():
        effects.settle(counter, effect, EffectState.REJECTED)
    refunds.issue(counter, PAID, cash("20"))
    with pytest.raises(RuleRefused, match="more than the refundable amount"), counter.store.transaction():
        effects.plan_again(counter, job_id)
    assert [(row.amount, row.state) for row in Refund.select()] == [(6000, "failed"), (2000, "recorded")]
    check_money()


def test_cancellation_of_one_line_leaves_the_others_to_cash_refunds(counter: Desk) -> None:
    lines = [raw_line(61, 1, "60.00", "A"), raw_line(62, 1, "40.00", "B")]
    take_in(counter, raw_order(6, lines, state=1))
    channel_cancel.send(counter, 6, [61])
    with pytest.raises(RuleRefused, match=r"45\.00 EUR"):
        refunds.issue(counter, 6, cash("46"))
    refunds.issue(counter, 6, cash("45"))
    with pytest.raises(RuleRefused, match=r"returns all of line 62"):
        channel_cancel.send(counter, 6, [62])


def test_all_lines_together_are_refused_where_each_alone_fits(counter: Desk) -> None:
    lines = [raw_line(61, 1, "60.00", "A"), raw_line(62, 2, "40.00", "B")]
    take_in(counter, raw_order(6, lines, state=1))
    refunds.issue(counter, 6, cash("10"))
    assert [line.why_not for line in channel_cancel.options(counter, 6).lines] == ["", ""]
    before = dump(counter)
    with pytest.raises(RuleRefused, match=r"line 61 \(A\), line 62 \(B\), 100\.00 EUR and 5\.00 EUR of shipping"):
        channel_cancel.send(counter, 6)
    assert dump(counter) == before


def test_refund_before_shipping_keeps_the_shipping_charges_for_back_market(counter: Desk) -> None:
    refunds.issue(counter, 2, RefundRequest("issue_refund", shipping=eur("5")))
    with pytest.raises(RuleRefused, match=r"returns all of line 21"):
        refunds.issue(counter, 2, RefundRequest("refund_on_back_market", lines={21: None}))


@pytest.mark.parametrize(
    ("first", "booked"),
    [
        (cash("20"), [(2000, "recorded", "order"), (4500, "confirmed", "line"), (1500, "excess", "line"),
                      (500, "excess", "shipping")]),
        (RefundRequest("issue_refund", lines={31: eur("20")}),
         [(2000, "recorded", "line"), (4000, "confirmed", "line"), (500, "confirmed", "order"),
          (1500, "excess", "line"), (500, "excess", "shipping")]),
    ],
)  # fmt: skip
def test_excess_of_the_channel_is_booked_and_goes_to_a_person(
    counter: Desk, first: RefundRequest, booked: list[tuple[int, str, str]]
) -> None:
    refunds.issue(counter, PAID, first)
    before = needs_attention.count(counter)
    take_in(counter, paid_order(4, day=3))
    assert [(row.amount, row.state, row.part) for row in Refund.select().order_by(Refund.id)] == booked
    assert needs_attention.count(counter) == before + 2
    assert {row.actor for row in audit.listing(counter, order_id=PAID) if row.action == "refund.excess"} == {
        "Back Market"
    }
    by_channel = [row.amount for row in Refund.select() if row.made_by == "Back Market"]
    assert sum(by_channel) == 6500
    assert all(payment.counted for payment in overview.show(counter, PAID).payments)
    assert "more than was received" in audit.listing(counter, order_id=PAID)[0].summary + str(
        [row.summary for row in audit.listing(counter, order_id=PAID)]
    )
    check_money()
    found = reconcile.differences(order_of(PAID), read_order(paid_order(4, day=3)))
    assert [(one.what, one.repairable) for one in found] == [("refunds", False)] * 2
    assert "15.00 EUR more returned than received" in found[0].there
    take_in(counter, paid_order(4, day=4, tracking_number="X"))
    assert Refund.select().count() == len(booked)


def test_excess_that_older_books_do_not_have_is_a_difference_that_can_be_repaired(counter: Desk) -> None:
    refunds.issue(counter, PAID, cash("20"))
    take_in(counter, paid_order(4, day=3))
    with counter.store.transaction():
        counter.store.database.execute_sql("DELETE FROM payments WHERE refund_id IN (SELECT id FROM refunds"
                                           " WHERE state = 'excess')")  # fmt: skip
        Refund.delete().where(Refund.state == "excess").execute()
    found = reconcile.differences(order_of(PAID), read_order(paid_order(4, day=3)))
    assert [(one.line_id, one.repairable) for one in found] == [(None, True), (31, True)]
    take_in(counter, paid_order(4, day=4))
    assert [row.amount for row in Refund.select() if row.state == "excess"] == [1500, 500]


def test_refund_rejected_after_the_channel_returned_the_money_leaves_nothing_refundable(counter: Desk) -> None:
    (job_id,) = channel_cancel.send(counter, PAID).job_ids
    take_in(counter, paid_order(4, day=3))
    (effect,) = effects.of_job(job_id)
    with counter.store.transaction():
        effects.settle(counter, effect, EffectState.REJECTED)
    assert [(row.amount, row.state) for row in Refund.select().order_by(Refund.id)] == [
        *((6000, "failed"), (500, "confirmed"), (6000, "confirmed"))
    ]
    with pytest.raises(RuleRefused, match="fully refunded"):
        refunds.issue(counter, PAID, cash("0.01"))


def test_cancellation_planned_by_an_older_release_ends_without_a_refund(counter: Desk) -> None:
    (job_id,) = channel_cancel.send(counter, PAID).job_ids
    counter.store.database.execute_sql("UPDATE effects SET subject_id = NULL")
    jobs.cancel(counter, job_id)
    assert [effect.state for effect in effects.of_job(job_id)] == ["withdrawn"]


def test_return_by_back_market_has_the_day_of_its_company_beside_another_company(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 3)]))
    add_company(offline, "Other", time_zone="Asia/Tokyo")
    late = "2026-11-30T23:30:00+00:00"
    take_in(offline, raw_order(1, [raw_line(11, 6)], date_modification=late))
    assert [str(refund.date) for refund in Refund.select()] == ["2026-12-01"]


@pytest.mark.parametrize(("amount", "rest"), [("20", [4000]), ("60", [])])
def test_line_refunded_on_the_channel_takes_what_was_recorded_here_for_it_as_paid(
    counter: Desk, amount: str, rest: list[int]
) -> None:
    take_in(counter, raw_order(6, [raw_line(61, 3, "60.00", "A")]))
    refunds.issue(counter, 6, RefundRequest("issue_refund", lines={61: eur(amount)}))
    take_in(counter, raw_order(6, [raw_line(61, 6, "60.00", "A")], date_modification="2026-11-03T10:00:00+00:00"))
    here, *there = Refund.select().where(Refund.order == order_of(6)).order_by(Refund.id)
    assert (here.amount, here.state) == (eur(amount).minor, "recorded")
    assert [(refund.amount, refund.state) for refund in there] == [(minor, "confirmed") for minor in rest]
    check_money()


def test_part_above_one_line_explains_nothing_of_what_goes_back_for_the_next(counter: Desk) -> None:
    def both(first: int, second: int, day: int) -> dict[str, object]:
        lines = [raw_line(61, first, "60.00", "A"), raw_line(62, second, "60.00", "B")]
        return raw_order(6, lines, state=1, date_modification=f"2026-11-{day:02}T10:00:00+00:00")

    take_in(counter, both(1, 1, 2))
    refunds.issue(counter, 6, RefundRequest("issue_refund", lines={61: eur("20")}))
    take_in(counter, both(4, 1, 3))
    by_channel = Refund.select().where((Refund.order == order_of(6)) & (Refund.made_by == "Back Market"))
    assert [(row.amount, row.part) for row in by_channel.order_by(Refund.id)] == [(4000, "line"), (2000, "order")]
    take_in(counter, both(4, 4, 4))
    # Both lines in full, and the shipping charges.
    assert sum(row.amount for row in by_channel) == 12_500
    check_money()


def test_lines_that_cost_more_than_was_received_go_back_only_as_far_as_it_was_received(counter: Desk) -> None:
    def both(state: int, day: int) -> dict[str, object]:
        lines = [raw_line(61, state, "60.00", "A"), raw_line(62, state, "60.00", "B")]
        return raw_order(6, lines, state=1, price="100.00", date_modification=f"2026-11-{day:02}T10:00:00+00:00")

    take_in(counter, both(1, 2))
    assert order_of(6).received == 10_500
    take_in(counter, both(4, 3))
    mine = Refund.select().where(Refund.order == order_of(6)).order_by(Refund.id)
    assert [(row.amount, row.state) for row in mine] == [(6000, "confirmed"), (4500, "confirmed")]
    check_money()
