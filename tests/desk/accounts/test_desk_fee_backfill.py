"""Fees of orders that were stored before the store had any come from their kept texts, once, and in bits."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import take_in
from statement_counter import bring_in, file, phone, problems, row

from bmtui.desk.accounts import fee_backfill, statements
from bmtui.desk.core.context import Desk
from bmtui.store.models import Audit, Backfill, Inbox, Order, OrderLine


@pytest.fixture
def old(offline: Desk) -> Desk:
    """Desk with five orders of a store whose schema had no fees, just after its migration."""
    take_in(offline, *(phone(number) for number in range(1, 5)), phone(5, 6))
    Order.update(fee=None).execute()
    OrderLine.update(fee=None, adjustment=None).execute()
    newest = Inbox.select().order_by(Inbox.id.desc()).get().id
    Backfill.create(name=fee_backfill.NAME, reached=0, until=newest)
    return offline


def fees() -> list[tuple[int, int | None, int | None]]:
    """Return number, expected fee and expected fee of the line of each order."""
    lines = {line.line_id: line.fee for line in OrderLine.select()}
    return [(order.order_id, order.fee, lines[order.order_id * 10]) for order in Order.select().order_by(Order.id)]


EXPECTED = [(1, 1000, 1000), (2, 1000, 1000), (3, 1000, 1000), (4, 1000, 1000), (5, 0, 1000)]


def test_fees_are_filled_in_from_the_kept_texts(old: Desk) -> None:
    assert fee_backfill.state(old) == fee_backfill.FeeState(0, 5, 5)
    assert fee_backfill.go_on(old, float("inf")) == 5
    assert fees() == EXPECTED
    assert fee_backfill.state(old) == fee_backfill.FeeState(5, 0, 0)
    assert fee_backfill.go_on(old, float("inf")) == 0
    assert [entry.summary for entry in Audit.select().where(Audit.action == "fees.filled_in")] == [
        "Fees of 5 orders were filled in from what Back Market sent of them."
    ]


def test_fee_backfill_goes_on_where_it_was_interrupted(old: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fee_backfill, "BATCH", 2)
    fill = fee_backfill._fill
    calls = 0

    class Killed(BaseException):
        pass

    def dies(*args: object) -> int:
        nonlocal calls
        calls += 1
        done = fill(*args)  # type: ignore[arg-type]
        if calls == 2:
            raise Killed
        return done

    monkeypatch.setattr(fee_backfill, "_fill", dies)
    with pytest.raises(Killed):
        fee_backfill.go_on(old, float("inf"))
    assert [fee for _, fee, _ in fees()] == [1000, 1000, None, None, None]
    # A worker that has no time does one bit.
    assert fee_backfill.go_on(old, 0) == 2
    assert fee_backfill.go_on(old, float("inf")) == 1
    assert fees() == EXPECTED


def test_fee_backfill_leaves_orders_without_text_or_with_newer_fees_alone(old: Desk) -> None:
    Inbox.update(payload="{}").where(Inbox.order_id == 1).execute()
    Order.update(fee=700).where(Order.order_id == 2).execute()
    OrderLine.update(fee=700).where(OrderLine.line_id == 20).execute()
    assert fee_backfill.go_on(old, float("inf")) == 3
    assert fees() == [(1, None, None), (2, 700, 700), *EXPECTED[2:]]
    assert fee_backfill.state(old) == fee_backfill.FeeState(4, 1, 0)


def test_fee_backfill_leaves_an_order_of_which_a_part_is_known_alone(old: Desk) -> None:
    Order.update(fee=700).where(Order.order_id == 1).execute()
    OrderLine.update(fee=700).where(OrderLine.line_id == 20).execute()
    assert fee_backfill.go_on(old, float("inf")) == 3
    assert fees() == [(1, 700, None), (2, None, 700), *EXPECTED[2:]]


def test_a_statement_is_matched_anew_with_the_fees_that_came(old: Desk, tmp_path: Path) -> None:
    done = bring_in(old, file(tmp_path, [row(1, "commission", "-10.00"), row(2, "commission", "-12.00")]))
    assert problems(done) == []
    fee_backfill.go_on(old, float("inf"))
    assert [(one.order_id, one.problem) for one in statements.open_rows(old)] == [(2, "fee_differs")]
