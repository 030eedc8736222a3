"""Comparison of store and channel: each class of difference is found, safe ones are repaired from the channel."""

from __future__ import annotations

import json

import pytest
from helpers import check_money, dump, order_of, work_through

from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.sync import reconcile
from bmtui.desk.sync.reconcile import DriftView
from bmtui.errors import NotFound, RuleRefused
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Drift, JobOrder, Order, OrderLine, Payment, Refund

SINCE = "2000-01-01"


def compared(desk: Desk, **how: object) -> tuple[str, list[DriftView]]:
    """Run the comparison; return the job's status and the differences."""
    job_id = reconcile.start(desk, **({"since": SINCE} | how))  # type: ignore[arg-type]
    work_through(desk)
    return jobs.show(desk, job_id).status, list(reconcile.of_job(job_id))


def told(found: list[DriftView]) -> set[tuple[int, str, bool, str]]:
    return {(view.order_id, view.what, view.repairable, view.state) for view in found}


def test_reconciliation_of_equal_stores_finds_nothing(stocked: Desk) -> None:
    without = ("jobs", "job_log", "rate_limits", "worker_leases")
    before = dump(stocked, *without)
    assert compared(stocked) == ("completed", [])
    assert dump(stocked, *without) == before
    assert jobs.listing(stocked, type_="reconciliation")[0].output["compared"] == Order.select().count()


def test_reconciliation_finds_every_difference_and_repairs_safe_ones(stocked: Desk) -> None:
    rows = list(Order.select().where(Order.channel_status == "shipped").order_by(Order.id).limit(4))
    state, amount, tracking, identifiers = (row.order_id for row in rows)
    line = {
        row.order_id: OrderLine.select().where(OrderLine.order == row).order_by(OrderLine.id).first() for row in rows
    }
    OrderLine.update(state=2).where(OrderLine.id == line[state].id).execute()
    Order.update(goods=Order.goods - 1).where(Order.order_id == amount).execute()
    Order.update(tracking_number="X-1").where(Order.order_id == tracking).execute()
    OrderLine.update(imei="490154203237518").where(OrderLine.id == line[identifiers].id).execute()
    # The channel returned a line before it was shipped, and it was never booked here.
    returned = next(row for row in Refund.select().where(Refund.operation == "refund_on_back_market"))
    other = Order.get_by_id(returned.order_ref)
    Payment.delete().where(Payment.refund == returned).execute()
    Refund.delete().where(Refund.id == returned.id).execute()
    Order.update(refunded=Order.refunded - returned.amount).where(Order.id == other.id).execute()
    OrderLine.update(refunded=0).where(OrderLine.id == returned.line_ref).execute()
    missing = Order.select().where(Order.channel_status == "to_ship").order_by(Order.id).first()
    for model, column in ((JobOrder, JobOrder.order), (Payment, Payment.order), (OrderLine, OrderLine.order)):
        model.delete().where(column == missing).execute()
    Order.delete().where(Order.id == missing.id).execute()

    status, found = compared(stocked)
    wanted = {
        (state, "state"), (amount, "amount"), (tracking, "tracking"), (identifiers, "identifiers"),
        (other.order_id, "refunds"), (missing.order_id, "missing_here"),
    }  # fmt: skip
    assert status == "partial_success"
    assert {(view.order_id, view.what) for view in found} == wanted
    assert {view.state for view in found} == {"open"}
    assert reconcile.listing(stocked) == tuple(found)

    status, found = compared(stocked, fix=True)
    assert status == "completed", [(view.what, view.here, view.there, view.state) for view in found]
    assert {(view.order_id, view.what, view.state) for view in found} == {(*one, "repaired") for one in wanted}
    assert reconcile.listing(stocked) == ()
    assert compared(stocked) == ("completed", [])
    assert order_of(missing.order_id).channel_status == "to_ship"
    assert "order.updated" in {row.action for row in audit.listing(stocked, order_id=state)}
    check_money()


def test_difference_in_the_state_of_an_order_is_shown_in_words(stocked: Desk) -> None:
    row = Order.select().where(Order.channel_status == "to_ship").order_by(Order.id).first()
    Order.update(channel_state=10).where(Order.id == row.id).execute()
    assert [(view.here, view.there) for view in compared(stocked)[1]] == [("Pending payment", "To ship")]


def test_difference_that_needs_a_person_is_not_repaired(stocked: Desk) -> None:
    row = Order.select().where(Order.channel_status == "shipped").order_by(Order.id).first()
    line = OrderLine.get(OrderLine.order == row)
    # Confirmed here as refunded in full, and the channel shows the line as shipped.
    Refund.create(
        order=row, line=line, part="line", amount=line.price, operation="refund_on_back_market", method="other",
        date="2026-11-24", reference="", note="", state="confirmed", made_by="x", made_at=stocked.now(),
    )  # fmt: skip
    unknown = Order.select().where(Order.channel_status == "to_ship").order_by(Order.id).first()
    Order.update(order_id=unknown.order_id + 900_000_000).where(Order.id == unknown.id).execute()
    status, found = compared(stocked, fix=True)
    assert status == "partial_success"
    assert told(found) == {
        (row.order_id, "refunds", False, "open"),
        (unknown.order_id + 900_000_000, "missing_there", False, "open"),
        (unknown.order_id, "missing_here", True, "repaired"),
    }
    assert all(view.advice for view in found if not view.repairable)
    assert [view.what for view in reconcile.listing(stocked)] == ["refunds", "missing_there"]


def test_difference_can_be_repaired_alone(stocked: Desk) -> None:
    rows = list(Order.select().where(Order.channel_status == "shipped").order_by(Order.id).limit(2))
    for row in rows:
        Order.update(tracking_number="X-1").where(Order.id == row.id).execute()
    found = compared(stocked)[1]
    reconcile.repair(stocked, found[0].drift_id)
    work_through(stocked)
    assert [view.order_id for view in reconcile.listing(stocked)] == [found[1].order_id]
    # Once nobody finds it any more, it is gone.
    Order.update(tracking_number=rows[1].tracking_number).where(Order.id == rows[1].id).execute()
    assert compared(stocked) == ("completed", [])
    assert [row.state for row in Drift.select().order_by(Drift.id)][1] == "gone"
    with pytest.raises(NotFound):
        reconcile.repair(stocked, 99)


def test_reconciliation_with_an_unreadable_page_or_dead_channel_fails(
    stocked: Desk, marketplace: SandboxServer
) -> None:
    marketplace.faults.rules = [Rule("error-500", path="/ws/orders")]
    job_id = reconcile.start(stocked, since=SINCE)
    work_through(stocked)
    view = jobs.show(stocked, job_id)
    assert (view.status, view.error_kind) == ("failed", "ServerFailed")
    assert json.dumps(dict(view.output)) == "{}"


def test_read_only_desk_starts_no_reconciliation(stocked: Desk) -> None:
    from dataclasses import replace

    with pytest.raises(RuleRefused, match="read-only"):
        reconcile.start(replace(stocked, read_only=True))
