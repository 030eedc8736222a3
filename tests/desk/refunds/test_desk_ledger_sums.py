"""Sums of the ledger: what is left, what Back Market returns by itself, and what counts again after it failed."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import check_money, line_of, order_of, raw_line, raw_order, take_in
from refund_counter import NOW

from bmtui.desk.core.context import Desk
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds import ledger
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import RuleRefused
from bmtui.money import Money
from bmtui.store.models import Order, OrderLine, Payment, Refund
from bmtui.words import PaymentStatus, RefundState

ON_CHANNEL, CASH = "refund_on_back_market", "issue_refund"
FACTS: dict[str, Any] = {"method": "other", "date": "2026-11-23", "reference": "", "note": "", "made_by": "me"}


@pytest.fixture
def books(offline: Desk) -> Desk:
    """Orders of two accepted lines of 100.00 and 5.00 shipping each: 7 and, for comparison, 8."""
    for number in (7, 8):
        lines = [raw_line(10 * number + place, 2, sku=f"SKU-{place}") for place in (1, 2)]
        take_in(offline, raw_order(number, lines, state=3))
    return offline


def booked(
    desk: Desk, amount: int, *, line: int | None = None, operation: str = ON_CHANNEL, part: str = "", order: int = 7,
    state: RefundState = RefundState.QUEUED,
) -> Refund:  # fmt: skip
    with desk.store.transaction():
        row = line_of(line) if line else None
        part = part or ("line" if line else "order")
        return ledger.book(
            order_of(order), part=part, amount=amount, state=state, at=NOW, line=row, operation=operation, **FACTS
        )


def follows(*ending: int) -> int:
    return ledger.shipping_to_follow(order_of(7), [line_of(line).id for line in ending])


def set_states(first: int, second: int) -> None:
    for line, state in ((71, first), (72, second)):
        OrderLine.update(state=state).where(OrderLine.line_id == line).execute()


def test_shipping_follows_once_every_line_ends_before_it_is_shipped(books: Desk) -> None:
    assert [follows(), follows(71), follows(71, 72)] == [0, 0, 500]
    for states, ending, expected in (
        ((1, 2), (71, 72), 500),
        ((4, 2), (72,), 500),
        ((4, 5), (), 500),
        ((4, 2), (), 0),
        ((3, 2), (72,), 0),
        ((6, 2), (72,), 0),
        ((3, 3), (), 0),
    ):
        set_states(*states)
        assert follows(*ending) == expected, states


def test_line_with_a_refund_on_the_channel_ends_and_one_refunded_otherwise_does_not(books: Desk) -> None:
    booked(books, 10_000, line=81, order=8)
    cash = booked(books, 1_000, line=71, operation=CASH)
    assert follows(72) == 0
    with books.store.transaction():
        ledger.settle(cash, RefundState.WITHDRAWN)
    sent = booked(books, 10_000, line=71)
    assert [follows(), follows(72)] == [0, 500]
    with books.store.transaction():
        ledger.settle(sent, RefundState.FAILED)
    assert follows(72) == 0


def test_shipping_that_follows_is_what_was_charged_received_and_not_returned_yet(books: Desk) -> None:
    booked(books, 300, part="shipping", operation=CASH)
    assert follows(71, 72) == 500
    booked(books, 200, part="shipping")
    assert follows(71, 72) == 300
    Order.update(received=700).where(Order.order_id == 7).execute()
    assert follows(71, 72) == 300
    Order.update(received=500).where(Order.order_id == 7).execute()
    assert follows(71, 72) == 300
    with books.store.transaction():
        ledger.book_excess(order_of(7), "line", 150, NOW, line_of(71), operation=ON_CHANNEL, **FACTS)
    assert follows(71, 72) == 150
    with books.store.transaction():
        ledger.book_excess(order_of(7), "line", 9_000, NOW, line_of(71), operation=ON_CHANNEL, **FACTS)
    assert follows(71, 72) == 0
    Order.update(shipping=0, received=20_500).where(Order.order_id == 7).execute()
    assert follows(71, 72) == 0


def test_order_without_lines_has_no_shipping_that_follows(books: Desk) -> None:
    OrderLine.delete().where(OrderLine.order == order_of(7)).execute()
    assert follows() == 0


def test_money_of_the_channel_counts_what_it_returned_above_the_received_but_nothing_that_failed(books: Desk) -> None:
    booked(books, 1_000, line=81, order=8)
    booked(books, 100, operation=CASH)
    queued, failed = booked(books, 200, line=71), booked(books, 400, line=72)
    with books.store.transaction():
        ledger.settle(failed, RefundState.FAILED)
        ledger.book_excess(order_of(7), "order", 800, NOW, operation=ON_CHANNEL, **FACTS)
    assert (ledger.by_channel(order_of(7)), ledger.under_way(order_of(7))) == (1_000, 200)
    with books.store.transaction():
        ledger.settle(queued, RefundState.CONFIRMED)
    assert (ledger.by_channel(order_of(7)), ledger.under_way(order_of(7))) == (1_000, 0)
    assert ledger.shipping_left(order_of(7)) == 500


def test_shipping_left_is_without_refunds_of_lines_and_of_other_orders(books: Desk) -> None:
    booked(books, 400, part="shipping", operation=CASH, order=8)
    withdrawn = booked(books, 100, part="shipping", operation=CASH)
    booked(books, 5_000, line=71, operation=CASH)
    assert ledger.shipping_left(order_of(7)) == 400
    with books.store.transaction():
        ledger.settle(withdrawn, RefundState.WITHDRAWN)
    assert ledger.shipping_left(order_of(7)) == 500
    Order.update(shipping=0).where(Order.order_id == 7).execute()
    assert ledger.shipping_left(order_of(7)) == 0


def whole(*lines: int) -> list[int]:
    return ledger.whole_lines(order_of(7), [line_of(line) for line in lines])


def test_unshipped_lines_end_whole_as_far_as_money_was_received(books: Desk) -> None:
    assert (whole(71), whole(71, 72)) == ([10_000], [10_000, 10_000])
    Order.update(received=15_000).where(Order.order_id == 7).execute()
    assert whole(71, 72) == [10_000, 5_000]
    booked(books, 12_000, part="order")
    assert whole(71, 72) == [3_000, 0]
    Order.update(refunded=0).where(Order.order_id == 7).execute()
    Order.update(received=11_000).where(Order.order_id == 7).execute()
    assert whole(71) == [0]


def test_unshipped_lines_end_with_exactly_what_is_left(books: Desk) -> None:
    booked(books, 10_500, operation=CASH)
    assert whole(71) == [10_000]
    booked(books, 1, operation=CASH, order=8)
    with pytest.raises(RuleRefused) as refused:
        whole(71, 72)
    assert refused.value.message == (
        "Back Market returns all of line 71 (SKU-1), line 72 (SKU-2), 200.00 EUR and 5.00 EUR of shipping charges; "
        "105.00 EUR of the order is refunded or under way already, so 100.00 EUR is left."
    )


def test_line_of_which_a_part_was_refunded_does_not_end_whole_again(books: Desk) -> None:
    booked(books, 700, line=71, operation=CASH)
    with pytest.raises(RuleRefused) as refused:
        whole(71)
    assert refused.value.message == (
        "Back Market returns all of line 71 (SKU-1), 100.00 EUR; 7.00 EUR of it is refunded or under way already, "
        "so 198.00 EUR is left."
    )
    assert whole(72) == [10_000]


def test_refund_keeps_the_shipping_that_follows_for_the_channel(books: Desk) -> None:
    booked(books, 10_000, line=71)
    booked(books, 1, operation=CASH)
    with pytest.raises(RuleRefused, match=r"of order 7: 99\.99 EUR"):
        booked(books, 10_000, line=72)
    # A refund of the last line that is only recorded here does not end it.
    booked(books, 10_000, line=72, operation=CASH)
    check_money()


def test_refund_of_a_line_names_what_is_left_of_it(books: Desk) -> None:
    booked(books, 4_000, line=71, operation=CASH)
    with pytest.raises(RuleRefused, match=r"of line 71 \(SKU-1\): 60\.00 EUR"):
        booked(books, 6_001, line=71, operation=CASH)
    booked(books, 6_000, line=71, operation=CASH)
    with pytest.raises(RuleRefused, match=r"Nothing of line 71 \(SKU-1\) is refundable any more"):
        booked(books, 1, line=71, operation=CASH)
    assert (line_of(71).refunded, line_of(72).refunded, order_of(8).refunded) == (10_000, 0, 0)
    check_money()


def test_money_that_the_channel_returned_may_be_all_that_was_received(books: Desk) -> None:
    with books.store.transaction():
        ledger.book_of_channel(order_of(7), "order", 20_500, NOW, operation=ON_CHANNEL, **FACTS)
    assert (order_of(7).payment_status, order_of(8).payment_status) == ("fully_refunded", "charged")
    check_money()


def test_failed_refund_that_was_made_after_all_counts_again_as_far_as_it_fits(books: Desk) -> None:
    booked(books, 2_000, line=81, order=8)
    refund, other = booked(books, 6_000, line=71, operation=CASH), booked(books, 1_000, line=72, operation=CASH)
    for state, counted in (
        (RefundState.FAILED, 1_000),
        (RefundState.CONFIRMED, 7_000),
        (RefundState.CONFIRMED, 7_000),
        (RefundState.WITHDRAWN, 1_000),
        (RefundState.REJECTED, 1_000),
    ):
        with books.store.transaction():
            ledger.settle(Refund.get_by_id(refund.id), state, "As told.")
        assert (Refund.get_by_id(refund.id).state, Refund.get_by_id(refund.id).error) == (state, "As told.")
        assert (order_of(7).refunded, line_of(72).refunded, order_of(8).refunded) == (counted, 1_000, 2_000)
        check_money()
    booked(books, 5_000, line=71, operation=CASH)
    with pytest.raises(RuleRefused, match=r"of line 71 \(SKU-1\): 50\.00 EUR"), books.store.transaction():
        ledger.settle(Refund.get_by_id(refund.id), RefundState.CONFIRMED)
    assert Refund.get_by_id(other.id).state == "queued"
    check_money()


def test_refund_that_counts_again_keeps_the_shipping_that_follows(books: Desk) -> None:
    booked(books, 10_000, line=71)
    last = booked(books, 10_000, line=72)
    with books.store.transaction():
        ledger.settle(last, RefundState.FAILED)
    booked(books, 1, operation=CASH)
    with pytest.raises(RuleRefused, match=r"99\.99 EUR"), books.store.transaction():
        ledger.settle(Refund.get_by_id(last.id), RefundState.QUEUED)


def test_money_that_is_received_later_is_booked_on_its_order_alone(books: Desk) -> None:
    booked(books, 20_500, operation=CASH)
    assert order_of(7).payment_status == "fully_refunded"
    with books.store.transaction():
        ledger.receive(order_of(7), 300, NOW)
    assert (order_of(7).received, order_of(7).payment_status, order_of(8).received) == (
        20_800,
        "partially_refunded",
        20_500,
    )
    last = Payment.select().order_by(Payment.id.desc()).first()
    assert (last.kind, last.amount, last.order_ref, last.at) == ("received", 300, order_of(7).id, NOW)
    check_money()


def test_refund_of_a_new_order_stands_in_its_payments(books: Desk) -> None:
    take_in(books, raw_order(9, [raw_line(91, 4), raw_line(92, 3)]))
    assert (order_of(9).refunded, Refund.select().where(Refund.order == order_of(9)).count()) == (10_000, 1)
    check_money()


@pytest.mark.parametrize(
    ("received", "wanted", "found"),
    [
        (100, [60, 30], [60, 30]),
        (100, [60, 41], [60, 40]),
        (100, [100, 1], [100]),
        (61, [60, 0, 1], [60, 1]),
        (0, [5], []),
        (5, [], []),
    ],
)
def test_amounts_are_covered_in_turn_as_far_as_money_was_received(
    received: int, wanted: list[int], found: list[int]
) -> None:
    named = [(f"line {place}", amount) for place, amount in enumerate(wanted)]
    covered = ledger.covered(received, named)
    assert [amount for _, amount in covered] == found
    assert [name for name, _ in covered] == [name for name, amount in named if amount > 0][: len(found)]


@pytest.mark.parametrize(
    ("received", "refunded", "free", "status"),
    [
        (0, 0, False, PaymentStatus.NO_PAYMENT),
        (0, 0, True, PaymentStatus.CHARGED),
        (1, 0, False, PaymentStatus.CHARGED),
        (2, 1, False, PaymentStatus.PARTIALLY_REFUNDED),
        (2, 2, False, PaymentStatus.FULLY_REFUNDED),
        (1, 1, True, PaymentStatus.FULLY_REFUNDED),
    ],
)
def test_payment_status_follows_from_the_amounts(
    received: int, refunded: int, free: bool, status: PaymentStatus
) -> None:
    assert ledger.payment_status(received, refunded, free=free) is status


def test_payment_status_without_a_word_about_a_free_order_is_no_payment() -> None:
    assert ledger.payment_status(0, 0) is PaymentStatus.NO_PAYMENT


@pytest.mark.parametrize(
    ("amount", "left", "said"),
    [
        (1, 1, ""),
        (0, 5, "0.00 EUR cannot be refunded."),
        (-1, 5, "-0.01 EUR cannot be refunded."),
        (1, 0, "Nothing of it is refundable any more."),
        (1, -1, "Nothing of it is refundable any more."),
        (2, 1, "0.02 EUR is more than the refundable amount of it: 0.01 EUR."),
    ],
)
def test_amounts_are_above_zero_and_at_most_what_is_left(amount: int, left: int, said: str) -> None:
    if not said:
        ledger.refuse_above(amount, left, "EUR", "it")
        return
    with pytest.raises(RuleRefused) as refused:
        ledger.refuse_above(amount, left, "EUR", "it", "Because.")
    assert refused.value.message == said
    if left == 1:
        assert refused.value.advice == "Enter 0.01 or less. Because."


def test_refund_in_a_few_words_names_its_part(books: Desk) -> None:
    refunds.issue(books, 7, RefundRequest(CASH, lines={71: Money(100, "EUR")}, shipping=Money(200, "EUR")))
    refunds.issue(books, 7, RefundRequest(CASH, amount=Money(300, "EUR")))
    assert [ledger.describe(refund) for refund in Refund.select().order_by(Refund.id)] == [
        "Refund #1: 1.00 EUR (SKU-1)",
        "Refund #2: 2.00 EUR (Shipping)",
        "Refund #3: 3.00 EUR (Order)",
    ]
