"""Cancel on Back Market, per line; back to In Process; notes that a company writes at the beginning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from helpers import check_money, dump, line_of, of_marketplace, order_of, raw_line, raw_order, take_in, work_through

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.cancellation import on_channel as cancel_on_channel
from bmtui.desk.companies import companies
from bmtui.desk.core import audit, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Answers
from bmtui.desk.overview import order as overview
from bmtui.errors import ConfigError, EditConflict, NotFound, RuleRefused
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Effect, Order, Refund

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
def counter(offline: Desk) -> Desk:
    take_in(
        offline,
        raw_order(1, [raw_line(11, 1, "60.00", "A"), raw_line(12, 2, "40.00", "B"), raw_line(13, 3, "9.00", "C")]),
        raw_order(2, [raw_line(21, 1, "10.00", "S"), raw_line(22, 1, "10.00", "S")], state=1),
        raw_order(3, [raw_line(31, 3)]),
        raw_order(4, [raw_line(41, 4)]),
        raw_order(5, [raw_line(51, 2, "80.00", "E")], state=3, expected_dispatch_date="2026-11-23T14:00:00+01:00"),
    )
    return replace(offline, now=lambda: NOW)


def test_cancelled_line_gets_the_state_that_its_present_state_allows(counter: Desk) -> None:
    before = dump(counter)
    plan = cancel_on_channel.plan(counter, 1)
    assert dump(counter) == before
    assert [(item.write.path, dict(item.write.body)) for item in plan.items] == [
        ("/ws/orders/1", {"order_id": 1, "new_state": 4, "sku": "A"}),
        ("/ws/orders/1", {"order_id": 1, "new_state": 5, "sku": "B"}),
    ]
    done = cancel_on_channel.send(counter, 1)
    assert done.plan == plan
    assert plan.requests == tuple(item.write for item in plan.items)
    assert len(done.job_ids) == 2
    assert [(effect.kind, effect.expected["from"], effect.expected["to"]) for effect in Effect.select()] == [
        ("cancel_on_channel", 1, 4),
        ("refund", 2, 5),
    ]
    # All that Back Market will return is under way from now on.
    assert (line_of(11).refunded, line_of(12).refunded) == (6000, 4000)
    assert order_of(1).status == "in_process"
    check_money()
    row = audit.listing(counter, order_id=1)[0]
    assert (row.action, row.after["cancelled_lines"]) == ("order.cancel_on_channel", [11, 12])


def test_two_lines_of_one_sku_are_told_apart(counter: Desk) -> None:
    plan = cancel_on_channel.plan(counter, 2, [22])
    assert [(item.write.path, dict(item.write.body)) for item in plan.items] == [
        ("/ws/sav/refund", {"orderline_pk": 22, "refund_type": 4})
    ]


def test_cancel_plan_shows_the_state_here_and_on_the_channel(counter: Desk) -> None:
    options = cancel_on_channel.options(counter, 5)
    assert options.belief == "Back Market still expects this order to ship by 14:00 today."
    assert options.here == "Here the order is In Process, Unshipped."
    internal_cancel.cancel_internally(counter, 5, "cancelled")
    assert "Here the order is Cancelled" in cancel_on_channel.plan(counter, 5).sentence


def test_reasons_that_differ_name_their_lines(counter: Desk) -> None:
    take_in(counter, raw_order(6, [raw_line(61, 3, sku="A"), raw_line(62, 4, sku="B"), raw_line(63, 4, sku="C")]))
    said = "A: It is shipped: refund it, or create a return when it comes back. B, C: On Back Market it is cancelled."
    assert cancel_on_channel.options(counter, 6).why_not == f"Back Market can cancel no line of order 6. {said}"


@pytest.mark.parametrize(
    ("order_id", "lines", "said"),
    [
        (3, (), "It is shipped: refund it, or create a return"),
        (4, (), "On Back Market it is cancelled"),
        (1, (13,), "cannot cancel line 13"),
        (1, (21,), "has no line 21"),
    ],
)
def test_cancellation_on_the_channel_of_an_impossible_line_is_refused(
    counter: Desk, order_id: int, lines: tuple[int, ...], said: str
) -> None:
    before = dump(counter)
    for act in (cancel_on_channel.plan, cancel_on_channel.send):
        with pytest.raises(RuleRefused, match=said):
            act(counter, order_id, lines)
    assert dump(counter) == before


def test_cancellation_on_the_channel_is_sent_once_and_not_from_a_stale_view(counter: Desk) -> None:
    options = cancel_on_channel.options(counter, 1)
    version = options.version
    # The shipped line does not keep the others from it.
    assert options.why_not is None
    cancel_on_channel.send(counter, 1, [11], version)
    before = dump(counter)
    with pytest.raises(RuleRefused, match="is being sent"):
        cancel_on_channel.send(counter, 1, [11])
    internal_cancel.cancel_internally(counter, 5, "void", "x")
    with pytest.raises(EditConflict):
        cancel_on_channel.send(counter, 5, version=1)
    with pytest.raises(RuleRefused, match="read-only"):
        cancel_on_channel.send(replace(counter, read_only=True), 5)
    with pytest.raises(NotFound):
        cancel_on_channel.send(counter, 9)
    told = ("orders", "notes", "audit", "audit_head", "events")
    assert dump(counter, *told) == {name: rows for name, rows in before.items() if name not in told}


@pytest.mark.sqlite_only
def test_lines_with_yes_are_cancelled_and_no_for_every_line_is_refused() -> None:
    assert cancel_on_channel.chosen(Answers({"line-11": ("yes",), "line-12": ("no",)})) == (11,)
    assert cancel_on_channel.chosen(Answers({})) == ()
    with pytest.raises(RuleRefused, match="No line is chosen") as refused:
        cancel_on_channel.chosen(Answers({"line-11": ("no",), "line-12": ("no",)}))
    assert refused.value.field == "line-11"


def test_cancellation_with_a_refund_above_a_limit_waits_for_a_second_person(counter: Desk) -> None:
    permissions.set_rights(counter, str(counter.uid), role="admin", per_refund={"EUR": "1"})
    plan = cancel_on_channel.plan(counter, 5)
    assert "above the limit of" in plan.approval
    assert plan.all_waits
    # What is not accepted yet gives money back at once, and waits as no request.
    for number in (1, 2):
        with pytest.raises(RuleRefused, match="above the limit of"):
            cancel_on_channel.plan(counter, number)
    done = cancel_on_channel.send(counter, 5)
    assert (done.job_ids, done.approval_id is None) == ((), False)


def test_cancellations_before_and_after_acceptance_return_the_money(stocked: Desk, marketplace: SandboxServer) -> None:
    new, accepted = of_marketplace(marketplace, 1), of_marketplace(marketplace, 2)
    for raw in (new, accepted):
        cancel_on_channel.send(stocked, raw["order_id"])
    work_through(stocked)
    states = {
        raw["order_id"]: [line["state"] for line in marketplace.marketplace.order(raw["order_id"])["orderlines"]]
        for raw in (new, accepted)
    }
    assert states == {new["order_id"]: [4], accepted["order_id"]: [5]}
    for raw in (new, accepted):
        view = overview.show(stocked, raw["order_id"])
        assert (view.row.status, view.row.payment_status) == ("cancelled", "fully_refunded")
        assert [refund.state for refund in view.refunds if refund.line_id] == ["confirmed"]
    check_money()


# Back, and notes


@pytest.mark.parametrize("status", internal_cancel.STATUSES)
def test_order_brought_back_gets_its_former_status(counter: Desk, status: str) -> None:
    internal_cancel.cancel_internally(counter, 5, status, "why")
    internal_cancel.set_status(counter, 5, "in_process", "It was a mistake.")
    view = overview.show(counter, 5)
    assert (view.row.status, view.notes[-1].text) == ("in_process", "It was a mistake.")
    row = audit.listing(counter, order_id=5)[0]
    assert (row.action, row.before["status"], row.after["status"]) == ("order.brought_back", status, "in_process")


@pytest.mark.parametrize("act", [internal_cancel.bring_back, internal_cancel.set_status])
def test_order_that_changed_since_it_was_opened_is_not_brought_back(counter: Desk, act: Callable[..., None]) -> None:
    internal_cancel.cancel_internally(counter, 5, "on_hold", "why")
    opened = order_of(5).version
    Order.update(version=opened + 1).where(Order.order_id == 5).execute()
    with pytest.raises(EditConflict, match="changed since you opened it"):
        act(counter, 5, "in_process", "", opened)
    assert order_of(5).status == "on_hold"


def test_ended_or_shipped_order_does_not_go_back_to_in_process(counter: Desk) -> None:
    internal_cancel.cancel_internally(counter, 5, "on_hold", "why")
    with pytest.raises(RuleRefused, match="already"):
        internal_cancel.bring_back(counter, 3, "completed")
    with pytest.raises(RuleRefused, match="on Back Market it is Cancelled"):
        internal_cancel.bring_back(counter, 4, "in_process")
    with pytest.raises(RuleRefused, match="goes back to In Process, not to Completed"):
        internal_cancel.bring_back(counter, 5, "completed")
    with pytest.raises(ConfigError):
        internal_cancel.set_status(counter, 5, "gone")
    shipped = raw_order(5, [raw_line(51, 3, "80.00", "E")], date_modification="2026-11-22T10:00:00+00:00")
    take_in(counter, shipped)
    assert order_of(5).status == "on_hold"
    with pytest.raises(RuleRefused, match="goes back to Completed"):
        internal_cancel.bring_back(counter, 5, "in_process")
    internal_cancel.bring_back(counter, 5, "completed")
    assert order_of(5).status == "completed"


def test_a_companys_notes_name_the_order(counter: Desk) -> None:
    companies.change(counter, "Shop", {"note_on_hold": "{date}: to wait ({order}).", "note_void": ""})
    templates = internal_cancel.preview(counter, 5).templates
    assert templates["on_hold"] == "2026-11-23: to wait (5)."
    assert templates["void"] == ""
    assert templates["cancelled"] == "Cancelled internally."
    # In Tokyo the next day has begun.
    companies.change(counter, "Shop", {"time_zone": "Asia/Tokyo"})
    evening = replace(counter, now=lambda: datetime(2026, 11, 23, 19, tzinfo=UTC))
    assert internal_cancel.preview(evening, 5).templates["on_hold"] == "2026-11-24: to wait (5)."
    cancel_on_channel.send(evening, 1)
    assert {refund.date for refund in Refund.select().where(Refund.order == order_of(1))} == {"2026-11-24"}


@pytest.mark.parametrize(
    ("price", "lines", "told"),
    [
        ("80.00", [], "line 61 (A) and line 62 (B) cost 100.00 EUR, and 85.00 EUR of order 6 is refundable. "
         "Choose lines of 85.00 EUR or less together, and cancel the others in the Back Office."),
        ("55.00", [], "line 61 (A) and line 62 (B) cost 100.00 EUR, and 60.00 EUR of order 6 is refundable. "
         "Choose lines of 60.00 EUR or less together, and cancel the others in the Back Office."),
        ("50.00", [61], "line 61 (A) costs 60.00 EUR, and 55.00 EUR of order 6 is refundable. "
         "Cancel it in the Back Office."),
    ],
)  # fmt: skip
def test_accepted_lines_above_the_received_amount_are_refused_with_what_to_do(
    counter: Desk, price: str, lines: list[int], told: str
) -> None:
    accepted = [raw_line(61, 2, "60.00", "A"), raw_line(62, 2, "40.00", "B")]
    take_in(counter, raw_order(6, accepted, state=3, price=price))
    before = dump(counter)
    for act in (cancel_on_channel.plan, cancel_on_channel.send):
        with pytest.raises(RuleRefused) as refused:
            act(counter, 6, lines)
        assert str(refused.value) == f"Before shipping Back Market only refunds a line in full: {told}"
    assert dump(counter) == before
    # What was received is enough for one of them.
    assert len(cancel_on_channel.send(counter, 6, [62]).job_ids) == 1
