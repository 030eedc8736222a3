"""Raw SQL of an operator that cancels: the refund must be of the cancelled line, and of the whole amount."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from grants_case import REFUSED, SAV, connected, effect_by, listed, refund_by, roles
from helpers import raw_line, raw_order, take_in

from bmtui.desk.cancellation import on_channel
from bmtui.desk.core.context import Desk
from bmtui.store.models import Effect, OrderLine, Refund, RefundLimit

pytestmark = pytest.mark.postgres_only

CHEAP, DEAR = 11, 12


@pytest.fixture
def ann(offline: Desk) -> Iterator[Desk]:
    """Operator who refunds up to 20.00; an order that is not accepted, with lines of 10.00 and 1,000.00."""
    take_in(offline, raw_order(1, [raw_line(CHEAP, 1, "10.00", "CHEAP"), raw_line(DEAR, 1, "1000.00", "DEAR")]))
    with roles(offline, "operator") as (name,):
        desk, row = listed(offline, 60001, name)
        RefundLimit.insert(operator=row, currency="EUR", per_refund=2000, per_day=2000).execute()
        yield desk


def booked(amount: int, line_id: int | None = None) -> tuple[str, ...]:
    """Return SQL that books a refund as the desk does: of a line on Back Market, or of the order by hand."""
    refund = refund_by(amount, "60001")
    line: tuple[str, ...] = ()
    if line_id is not None:
        row = OrderLine.get(OrderLine.line_id == line_id).id
        refund = refund.replace("(order_ref, part,", "(order_ref, line_ref, part,").replace(
            "VALUES (1, 'order'", f"VALUES (1, {row}, 'line'"
        )
        refund = refund.replace("issue_refund", "refund_on_back_market")
        line = (
            f"UPDATE order_lines SET refunded = refunded + {amount} WHERE id = {row}",
            "UPDATE refunds SET state = 'queued' WHERE id = (SELECT max(id) FROM refunds)",
        )
    return (
        refund,
        "INSERT INTO payments (order_ref, kind, at, method, reference, amount, refund_id)"
        f" SELECT 1, 'refund', 1, '', '', {amount}, max(id) FROM refunds",
        f"UPDATE orders SET refunded = refunded + {amount} WHERE id = 1",
        *line,
    )


def cancelled(target: int, *, sku: str = "", line_id: int = 0) -> str:
    """Return SQL that plans the cancellation of a line for the last refund, but names `target` as its line."""
    path, body = "/ws/orders/1", f'{{"order_id": 1, "new_state": 4, "sku": "{sku}"}}'
    if line_id:
        path, body = SAV, f'{{"orderline_pk": {line_id}, "refund_type": 4}}'
    planned = effect_by("cancel_on_channel", path, body, subject="(SELECT max(id) FROM refunds)")
    return planned.replace("'1:line:11'", f"'1:line:{target}'")


def run(desk: Desk, *statements: str) -> None:
    with connected(desk), desk.store.transaction():
        for sql in statements:
            desk.store.database.execute_sql(sql.replace("%", "%%"))


def test_cancellation_with_the_refund_of_its_line_is_planned(ann: Desk) -> None:
    run(ann, *booked(1000, CHEAP), cancelled(CHEAP, sku="CHEAP"))
    assert Effect.get().state == "planned"


def test_cancellation_of_another_line_than_that_of_its_refund_is_refused(ann: Desk) -> None:
    for planned in (cancelled(CHEAP, sku="DEAR"), cancelled(CHEAP, line_id=DEAR)):
        with pytest.raises(REFUSED, match="not what the books say"):
            run(ann, *booked(1000, CHEAP), planned)
    assert not Refund.select().exists()


def test_cancellation_with_a_refund_below_the_price_is_refused(ann: Desk) -> None:
    for planned in (cancelled(DEAR, sku="DEAR"), cancelled(DEAR, line_id=DEAR)):
        with pytest.raises(REFUSED, match="not what the books say"):
            run(ann, *booked(100, DEAR), planned)


def test_refund_of_a_cancellation_under_way_is_not_withdrawn_alone(ann: Desk) -> None:
    run(ann, *booked(1000, CHEAP), cancelled(CHEAP, sku="CHEAP"))
    gone = ("orders SET refunded = 0", "order_lines SET refunded = 0", "refunds SET state = 'withdrawn'")
    with pytest.raises(REFUSED, match="not in the state of its request"):
        run(ann, *(f"UPDATE {change}" for change in gone))
    run(ann, *(f"UPDATE {change}" for change in gone), "UPDATE effects SET state = 'withdrawn'")
    assert Refund.get().state == "withdrawn"


def test_shipping_charges_are_not_returned_by_hand_and_by_back_market(ann: Desk) -> None:
    RefundLimit.delete().execute()
    run(ann, *booked(500))
    lines = (*booked(1000, CHEAP), cancelled(CHEAP, sku="CHEAP"), *booked(100000, DEAR), cancelled(DEAR, sku="DEAR"))
    with pytest.raises(REFUSED, match="with the shipping charges"):
        run(ann, *lines)
    # One line that goes on keeps the shipping charges with it.
    run(ann, *lines[: len(lines) // 2])


def test_cancellation_of_all_lines_by_the_desk_stays_possible(ann: Desk) -> None:
    RefundLimit.delete().execute()
    with connected(ann):
        on_channel.send(ann, 1)
    assert sorted(refund.amount for refund in Refund.select()) == [1000, 100000]


def test_refund_of_a_line_of_another_order_is_refused(ann: Desk) -> None:
    take_in(ann, raw_order(2, [raw_line(21, 1, "10.00", "OTHER")]))
    with pytest.raises(REFUSED, match="a line of its order"):
        run(ann, *booked(1000, 21))
