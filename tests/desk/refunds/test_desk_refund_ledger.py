"""Ledger of refunds: never more than was received, at once or later, in the outbox and in the books."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pytest
from helpers import add_company, check_money, dump, eur, line_of, order_of, python, raw_line, raw_order, take_in
from hypothesis import given, settings
from hypothesis import strategies as st
from refund_counter import NOW, settle
from thoroughness import share

from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox import effects
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds import ledger
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import NotFound, RuleRefused
from bmtui.money import Money
from bmtui.store.models import Company, Effect, Inbox, Order, Payment, Refund
from bmtui.words import EffectState, RefundState

# At once


def test_two_threads_that_refund_at_once_return_no_more_than_was_received(counter: Desk) -> None:
    ends: list[str] = []
    start = threading.Barrier(4)

    def refund() -> None:
        try:
            start.wait()
            refunds.issue(counter, 1, RefundRequest("issue_refund", amount=eur("60")))
            ends.append("done")
        except RuleRefused as error:
            ends.append("refused" if "45.00 EUR" in str(error) else str(error))
        finally:
            counter.store.database.close()

    threads = [threading.Thread(target=refund) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["done", "refused", "refused", "refused"]
    assert order_of(1).refunded == 6000
    check_money()


REFUNDER = """
import sys
from bmtui import settings
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.bootstrap import open_desk
from bmtui.errors import RuleRefused
from bmtui.money import Money
desk = open_desk(settings.load(sys.argv[1], environ={}))
done = 0
for _ in range(12):
    try:
        refunds.issue(desk, 1, refunds.RefundRequest("issue_refund", amount=Money(400, "EUR")))
        done += 1
    except RuleRefused:
        pass
print(done)
desk.store.close()
"""


@pytest.mark.slow
def test_processes_that_refund_at_once_return_no_more_than_was_received(counter: Desk) -> None:
    refunders = [python(REFUNDER, str(counter.settings.config)) for _ in range(3)]
    done = 0
    for refunder in refunders:
        out, errors = refunder.communicate()
        assert (refunder.returncode, errors) == (0, "")
        done += int(out)
    assert done == 10500 // 400
    assert order_of(1).refunded == done * 400
    check_money()


# Whatever happens

amount = st.one_of(st.none(), st.integers(1, 12000))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.sampled_from(["order", "shipping", "1", "2"]), amount),
        st.tuples(st.just("send"), st.sampled_from(["order", "1", "2"]), amount),
        st.tuples(
            st.just("settle"), st.integers(0, 5), st.sampled_from(["confirmed", "rejected", "unknown", "sending"])
        ),
        st.tuples(st.just("withdraw"), st.integers(0, 5), st.none()),
        st.tuples(st.just("person"), st.integers(0, 5), st.booleans()),
        st.tuples(st.just("channel"), st.sampled_from(["1", "2"]), st.sampled_from([3, 4, 5, 6])),
        st.tuples(st.just("grow"), st.integers(1, 50), st.none()),
    ),
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=share(20, 60))
@given(steps)
def test_random_refunds_and_outcomes_keep_the_books_right(long_lived: Desk, steps: list[tuple[str, Any, Any]]) -> None:
    books = long_lived
    with books.store.transaction():
        for model in (Effect, Payment, Refund):
            model.delete().execute()
        books.store.database.execute_sql("DELETE FROM job_orders")
        books.store.database.execute_sql("DELETE FROM order_lines")
        Order.delete().execute()
        Inbox.delete().execute()
    raw = raw_order(1, [raw_line(1, 3, "60.00", "A"), raw_line(2, 3, "40.00", "B")])
    take_in(books, raw)
    for day, step in enumerate(steps, start=3):
        # What a rule refuses changes nothing; what it lets pass must be right.
        with contextlib.suppress(RuleRefused):
            do(books, raw, day, *step)
        check_money()
        live = [row.target for row in Effect.select() if row.settled_at is None]
        assert len(live) == len(set(live))
        for row in Effect.select():
            assert (row.settled_at is None) == (row.state in ("planned", "sending", "unknown", "needs_person"))
            refund = Refund.get_by_id(row.subject_id)
            assert refund.state == refund_state(row.state)


def refund_state(effect_state: str) -> str:
    words = {"planned": "queued", "rejected": "failed", "needs_person": "unknown"}
    return words.get(effect_state, effect_state)


def do(desk: Desk, raw: dict[str, Any], day: int, what: str, which: Any, value: Any) -> None:
    if what in ("record", "send"):
        operation = "issue_refund" if what == "record" else "refund_on_back_market"
        money = None if value is None else Money(value, "EUR")
        if which == "order":
            request = RefundRequest(operation, amount=money)
        elif which == "shipping":
            request = RefundRequest(operation, shipping=money or Money(100, "EUR"))
        else:
            request = RefundRequest(operation, lines={int(which): money})
        plan = refunds.plan(desk, 1, request)
        assert refunds.issue(desk, 1, request).plan == plan
        assert (order_of(1).received - order_of(1).refunded) == plan.refundable_after.minor
        assert order_of(1).payment_status == plan.payment_status_after
    elif what == "channel":
        line = next(line for line in raw["orderlines"] if line["id"] == int(which))
        line["state"] = value
        take_in(desk, raw | {"date_modification": f"2026-11-{day:02}T10:00:00Z"})
        left = line_of(int(which))
        if value in (4, 5) and order_of(1).refunded < order_of(1).received:
            assert left.refunded == left.price
    elif what == "grow":
        raw["shipping_price"] = f"{5 + which}.00"
        take_in(desk, raw | {"date_modification": f"2026-11-{day:02}T10:00:00Z"})
    else:
        rows = list(Effect.select().order_by(Effect.id))
        if which >= len(rows):
            return
        effect = rows[which]
        if what == "withdraw":
            outbox.withdraw(desk, effect.id)
        elif what == "person":
            outbox.settle_by_person(desk, effect.id, happened=value)
        elif effect.settled_at is None:
            state = EffectState(value)
            with desk.store.transaction():
                effects.settle(desk, effect, state)
                if state == EffectState.UNKNOWN and not effect.expected["guarded"]:
                    effects.settle(desk, effect, EffectState.NEEDS_PERSON)


def test_the_database_itself_refuses_more_than_was_received(counter: Desk) -> None:
    from peewee import IntegrityError

    with pytest.raises(IntegrityError), counter.store.transaction():
        Order.update(refunded=Order.received + 1).execute()
    with pytest.raises(IntegrityError), counter.store.transaction():
        Order.update(refunded=-1).execute()


# The outbox


def test_refund_withdrawn_before_sending_frees_its_amount(counter: Desk) -> None:
    issued = refunds.issue(counter, 1, RefundRequest())
    (waiting,) = outbox.listing(counter)
    assert (waiting.order_id, waiting.state, waiting.job_id) == (1, "planned", issued.job_id)
    assert outbox.withdraw(counter, waiting.effect_id).state == "withdrawn"
    assert outbox.listing(counter) == ()
    assert [row.state for row in outbox.listing(counter, everything=True)] == ["withdrawn"]
    assert (order_of(1).refunded, order_of(1).payment_status) == (0, "charged")
    with pytest.raises(RuleRefused, match="Withdrawn"):
        outbox.withdraw(counter, waiting.effect_id)
    with pytest.raises(NotFound):
        outbox.withdraw(counter, 99)
    assert [payment.counted for payment in overview.show(counter, 1).payments] == [True, False]
    assert "Withdrawn" in overview.show(counter, 1).history[-1].summary


@pytest.mark.parametrize("state", [EffectState.SENDING, EffectState.UNKNOWN])
def test_refund_that_was_sent_cannot_be_withdrawn_or_cancelled(counter: Desk, state: EffectState) -> None:
    issued = refunds.issue(counter, 1, RefundRequest())
    settle(counter, issued, state)
    before = dump(counter)
    with pytest.raises(RuleRefused):
        outbox.withdraw(counter, Effect.get().id)
    with pytest.raises(RuleRefused, match="sent already"):
        jobs.cancel(counter, issued.job_id or 0)
    with pytest.raises(RuleRefused, match="no answer of a person"):
        outbox.settle_by_person(counter, Effect.get().id, happened=False)
    assert dump(counter) == before


def test_cancelled_refund_job_withdraws_its_unsent_effects(counter: Desk) -> None:
    issued = refunds.issue(counter, 4, RefundRequest())
    one, *_ = effects.of_job(issued.job_id or 0)
    with counter.store.transaction():
        effects.settle(counter, one, EffectState.CONFIRMED)
    assert jobs.cancel(counter, issued.job_id or 0).status == "cancelled"
    assert [row.state for row in effects.of_job(issued.job_id or 0)] == ["confirmed", "withdrawn", "withdrawn"]
    assert order_of(4).refunded == 3000
    check_money()
    with pytest.raises(RuleRefused, match="Issue the refund again"):
        jobs.retry(counter, issued.job_id or 0)


def test_unknown_refund_is_settled_by_a_person_only_once(counter: Desk) -> None:
    for happened, refunded in ((True, 4000), (False, 4000)):
        issued = refunds.issue(counter, 1, RefundRequest(amount=eur("40")))
        settle(counter, issued, EffectState.NEEDS_PERSON)
        (effect,) = outbox.listing(counter)
        settled = outbox.settle_by_person(counter, effect.effect_id, happened=happened)
        assert settled.state == ("confirmed" if happened else "rejected")
        assert counter.actor in settled.error
        assert order_of(1).refunded == refunded
        with pytest.raises(RuleRefused):
            outbox.settle_by_person(counter, effect.effect_id, happened=not happened)
    check_money()


def test_the_outbox_shows_the_company_in_view(counter: Desk) -> None:
    refunds.issue(counter, 1, RefundRequest())
    add_company(counter, "Other")
    assert len(outbox.listing(counter.of_company("Shop"))) == 1
    assert outbox.listing(counter.of_company("Other")) == ()
    assert Company.select().count() == 2


def test_effect_can_be_marked_as_sending_only_once(counter: Desk) -> None:
    from bmtui.errors import Interrupted

    issued = refunds.issue(counter, 1, RefundRequest())
    (effect,) = effects.of_job(issued.job_id or 0)
    with counter.store.transaction():
        effects.mark_sending(counter, effect)
    with pytest.raises(Interrupted), counter.store.transaction():
        effects.mark_sending(counter, effect)
    assert (Effect.get().attempts, Effect.get().state) == (1, "sending")


# The last line of defence


@pytest.mark.parametrize(
    ("part", "line_id", "minor", "said"),
    [
        ("order", None, 10501, "105.00 EUR"),
        ("line", 11, 10001, "100.00 EUR"),
        ("order", None, 0, "above zero"),
        ("order", None, -1, "above zero"),
    ],
)
def test_ledger_refuses_entries_that_do_not_add_up(
    counter: Desk, part: str, line_id: int | None, minor: int, said: str
) -> None:
    before = dump(counter)
    with pytest.raises(RuleRefused, match=said), counter.store.transaction():
        book(counter, part, minor, line_id)
    assert dump(counter) == before


def book(desk: Desk, part: str, minor: int, line_id: int | None = None) -> Refund:
    facts = {"operation": "issue_refund", "method": "other", "date": "2026-11-23", "reference": "", "note": ""}
    line = line_of(line_id) if line_id else None
    state = RefundState.QUEUED
    return ledger.book(order_of(1), part=part, amount=minor, state=state, at=NOW, line=line, made_by="me", **facts)


def test_failed_refund_frees_its_amount_only_once(counter: Desk) -> None:
    with counter.store.transaction():
        refund = book(counter, "line", 4000, 11)
        book(counter, "order", 1000)
    for state in (RefundState.UNKNOWN, RefundState.FAILED, RefundState.WITHDRAWN, RefundState.FAILED):
        with counter.store.transaction():
            ledger.settle(Refund.get_by_id(refund.id), state)
        check_money()
    assert (order_of(1).refunded, line_of(11).refunded) == (1000, 0)


def test_unshipped_lines_that_add_up_to_more_than_was_received_return_what_was_received(counter: Desk) -> None:
    raws = [raw_line(61, 1, "60.00", "A"), raw_line(62, 1, "60.00", "B")]
    take_in(counter, raw_order(6, raws, state=1, price="100.00"))
    lines = [line_of(61), line_of(62)]
    assert ledger.whole_lines(order_of(6), lines) == [6000, 4500]
    assert [ledger.whole_lines(order_of(6), [line]) for line in lines] == [[6000], [6000]]
