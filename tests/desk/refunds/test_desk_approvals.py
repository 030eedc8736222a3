"""Rights of accounts, limits of refunds, and approvals by a second person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from helpers import add_company, check_money, dump, eur, order_of, raw_line, raw_order, take_in

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.companies import companies
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import approvals, request_kept
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import ConfigError, NotFound, RuleRefused
from bmtui.store.models import Approval, Audit, Effect, Operator, Refund

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ANN, BEN, CLEO = 60001, 60002, 60003


def at(desk: Desk, uid: int, name: str) -> Desk:
    return replace(desk, uid=uid, actor=f"{name}({uid})")


@pytest.fixture
def counter(offline: Desk) -> Desk:
    """Two orders of 100.00 and 5.00 shipping; whoever runs the tests is the first admin."""
    take_in(
        offline,
        raw_order(1, [raw_line(11, 3, "100.00", "ONE")]),
        raw_order(2, [raw_line(21, 3, "100.00", "TWO")]),
        raw_order(3, [raw_line(31, 3, "4500", "YEN")], currency="JPY", price="4500", shipping_price="0"),
    )
    return replace(offline, now=lambda: NOW)


@pytest.fixture
def ann(counter: Desk) -> Desk:
    """An operator who refunds up to 50.00 at once and 80.00 a day."""
    permissions.set_rights(counter, str(ANN), role="operator", per_refund={"EUR": "50"}, per_day={"EUR": "80.00"})
    return at(counter, ANN, "ann")


@pytest.fixture
def ben(counter: Desk, ann: Desk) -> Desk:
    """An operator without limits."""
    permissions.set_rights(counter, str(BEN), role="operator")
    return at(counter, BEN, "ben")


def test_without_listed_accounts_every_person_has_all_rights(counter: Desk) -> None:
    stranger = at(counter, ANN, "ann")
    assert permissions.listing(counter) == ()
    assert refunds.issue(stranger, 1, RefundRequest()).approval_id is None
    companies.change(stranger, "Shop", {"look_back_days": "30"})


def test_first_person_who_sets_rights_is_admin_and_unlisted_accounts_only_view(counter: Desk, ann: Desk) -> None:
    assert {(view.uid, view.role) for view in permissions.listing(counter)} == {
        (counter.uid, "admin"),
        (ANN, "operator"),
    }
    stranger = at(counter, CLEO, "cleo")
    before = dump(counter)
    assert overview.show(stranger, 1).row.order_id == 1
    for act in (
        lambda: refunds.issue(stranger, 1, RefundRequest()),
        lambda: refunds.plan(stranger, 1, RefundRequest()),
        lambda: internal_cancel.cancel_internally(stranger, 1, "void"),
        lambda: orders.add_note(stranger, 1, "x"),
    ):
        with pytest.raises(RuleRefused, match="may only look"):
            act()
    assert "may only look" in str(refunds.options(stranger, 1).why_not)
    assert dump(counter) == before


def test_only_an_admin_changes_settings_and_rights_and_one_always_stays(counter: Desk, ann: Desk) -> None:
    before = dump(counter)
    for act in (
        lambda: companies.change(ann, "Shop", {"look_back_days": "30"}),
        lambda: add_company(ann, "Other"),
        lambda: permissions.set_rights(ann, str(ANN), role="admin"),
    ):
        with pytest.raises(RuleRefused, match="Only an admin"):
            act()
    with pytest.raises(RuleRefused, match="No admin would be left"):
        permissions.set_rights(counter, str(counter.uid), role="viewer")
    assert dump(counter) == before
    assert Operator.get(Operator.uid == ANN).account == f"uid {ANN}"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ({"role": "boss"}, ConfigError),
        ({"per_refund": {"eur": "5"}}, ConfigError),
        ({"per_refund": {"EURO": "5"}}, ConfigError),
        ({"per_day": {"EUR": "-1"}}, RuleRefused),
        ({"per_day": {"EUR": "1.234"}}, ConfigError),
        ({"per_day": {"EUR": "1.2345"}}, RuleRefused),
        ({"per_refund": {"JPY": "1.5"}}, RuleRefused),
    ],
)
def test_invalid_rights_are_refused(counter: Desk, words: dict[str, object], error: type[Exception]) -> None:
    before = dump(counter)
    with pytest.raises(error):
        permissions.set_rights(counter, "60001", **words)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        permissions.set_rights(counter, "nobody-of-this-name")
    assert dump(counter) == before


def test_refund_limits_are_set_changed_and_removed(counter: Desk, ann: Desk) -> None:
    def limits() -> list[tuple[str | None, ...]]:
        view = next(view for view in permissions.listing(counter) if view.uid == ANN)
        return [
            (limit.currency, *(None if most is None else most.decimal for most in (limit.per_refund, limit.per_day)))
            for limit in view.limits
        ]

    assert limits() == [("EUR", "50.00", "80.00")]
    permissions.set_rights(counter, str(ANN), per_refund={"JPY": "9000", "EUR": "none"})
    assert limits() == [("EUR", None, "80.00"), ("JPY", "9000", None)]
    permissions.set_rights(counter, str(ANN), per_day={"EUR": "none"})
    assert limits() == [("JPY", "9000", None)]
    last = Audit.select().order_by(Audit.id.desc()).get()
    assert last.action == "users.set"
    assert last.before["limits"] == {"EUR": [None, 8000], "JPY": [9000, None]}
    assert last.after["limits"] == {"JPY": [9000, None]}


def test_person_without_the_right_to_refund_is_refused(counter: Desk, ann: Desk) -> None:
    permissions.set_rights(counter, str(ANN), may_refund=False)
    before = dump(counter)
    with pytest.raises(RuleRefused, match="may not initiate refunds"):
        refunds.issue(ann, 1, RefundRequest())
    assert dump(counter) == before
    orders.add_note(ann, 1, "All else an operator may.")


def test_refund_above_the_limit_needs_a_second_person(ann: Desk) -> None:
    assert refunds.issue(ann, 1, RefundRequest("issue_refund", amount=eur("50"))).approval_id is None
    plan = refunds.plan(ann, 1, RefundRequest("issue_refund", amount=eur("50.01")))
    assert f"50.01 EUR is above the limit of {ann.actor}, 50.00 EUR" in plan.approval
    # 30.00 of the day are left.
    assert refunds.plan(ann, 2, RefundRequest("issue_refund", amount=eur("30.00"))).approval == ""
    plan = refunds.plan(ann, 2, RefundRequest("issue_refund", amount=eur("30.01")))
    assert f"what is left of the 80.00 EUR a day of {ann.actor}, 30.00 EUR" in plan.approval
    assert "no limit in JPY" in refunds.plan(ann, 3, RefundRequest("issue_refund")).approval
    tomorrow = replace(ann, now=lambda: NOW + timedelta(hours=11))  # 00:00 in Paris
    assert refunds.plan(tomorrow, 2, RefundRequest("issue_refund", amount=eur("50.00"))).approval == ""


def test_refund_request_counts_and_is_not_sent_until_another_person_approves(ann: Desk, ben: Desk) -> None:
    issued = refunds.issue(ann, 1, RefundRequest(reason=21, reference="R-1", note="asked"))
    assert issued.job_id is None
    assert issued.approval_id is not None
    assert not Effect.select().exists()
    assert [refund.state for refund in overview.show(ann, 1).refunds] == ["awaiting_approval"]
    assert order_of(1).refunded == 10000
    with pytest.raises(RuleRefused, match=r"5\.00 EUR"):
        refunds.issue(ben, 1, RefundRequest("issue_refund", amount=eur("5.01")))
    # Whatever the account is called by then.
    with pytest.raises(RuleRefused, match="asked for it yourself"):
        approvals.approve(replace(ann, actor="cleo"), issued.approval_id)
    with pytest.raises(RuleRefused, match="asked for it yourself"):
        approvals.approve(ann, issued.approval_id)
    view = approvals.approve(ben, issued.approval_id)
    assert (view.state, view.decided_by) == ("approved", ben.actor)
    made = overview.show(ann, 1).refunds[0]
    assert (made.state, made.made_by, made.reference, made.note) == ("queued", ann.actor, "R-1", "asked")
    assert [(effect.path, effect.body) for effect in Effect.select()] == [
        ("/ws/orders/1", {"order_id": 1, "new_state": 6, "sku": "ONE", "return_reason": 21})
    ]
    assert order_of(1).refunded == 10000
    check_money()
    # It counts against who answers for it.
    assert refunds.plan(ann, 2, RefundRequest("issue_refund", amount=eur("50"))).approval == ""
    with pytest.raises(RuleRefused, match="approved already"):
        approvals.approve(ben, view.approval_id)
    with pytest.raises(RuleRefused, match="approved already"):
        approvals.reject(ben, view.approval_id, "x")


def test_a_rejection_has_a_reason_and_frees_the_amount(ann: Desk, ben: Desk) -> None:
    issued = refunds.issue(ann, 1, RefundRequest())
    assert issued.approval_id is not None
    for reason in ("", " \x1b ", "x" * 501):
        with pytest.raises(RuleRefused, match="reason"):
            approvals.reject(ben, issued.approval_id, reason)
    view = approvals.reject(ben, issued.approval_id, "The buyer was refunded by bank.")
    assert (view.state, view.reason) == ("rejected", "The buyer was refunded by bank.")
    refund = overview.show(ann, 1).refunds[0]
    assert (refund.state, refund.error) == ("rejected", "The buyer was refunded by bank.")
    assert order_of(1).refunded == 0
    assert order_of(1).payment_status == "charged"
    check_money()
    assert approvals.listing(ann) == ()
    assert [row.state for row in approvals.listing(ann, everything=True)] == ["rejected"]


def test_requester_withdraws_a_refund_request_and_asks_again(ann: Desk) -> None:
    first = refunds.issue(ann, 1, RefundRequest())
    assert first.approval_id is not None
    assert approvals.reject(ann, first.approval_id, "Wrong order.").state == "withdrawn"
    assert refunds.issue(ann, 1, RefundRequest()).approval_id != first.approval_id
    check_money()


def test_approver_needs_the_right_and_the_limit(counter: Desk, ann: Desk) -> None:
    permissions.set_rights(counter, str(BEN), role="operator", per_refund={"EUR": "99.99"})
    permissions.set_rights(counter, str(CLEO), role="operator", may_refund=False)
    issued = refunds.issue(ann, 1, RefundRequest())
    assert issued.approval_id is not None
    before = dump(counter)
    with pytest.raises(RuleRefused, match=r"above the limit of .*, 99\.99 EUR"):
        approvals.approve(at(counter, BEN, "ben"), issued.approval_id)
    for decide in (approvals.approve, lambda desk, number: approvals.reject(desk, number, "no")):
        with pytest.raises(RuleRefused, match="may not initiate"):
            decide(at(counter, CLEO, "cleo"), issued.approval_id)
        with pytest.raises(RuleRefused, match="read-only"):
            decide(replace(counter, read_only=True), issued.approval_id)
    with pytest.raises(NotFound):
        approvals.approve(counter, 99)
    assert dump(counter) == before
    assert approvals.approve(counter, issued.approval_id).state == "approved"


def test_refund_request_that_became_impossible_is_not_approved(ann: Desk, ben: Desk) -> None:
    issued = refunds.issue(ann, 1, RefundRequest())
    assert issued.approval_id is not None
    line = raw_line(11, 6, "100.00", "ONE")
    take_in(ann, raw_order(1, [line], date_modification="2026-11-20T10:00:00+00:00"))
    before = dump(ann)
    with pytest.raises(RuleRefused, match="refunded after shipping"):
        approvals.approve(ben, issued.approval_id)
    assert dump(ann) == before
    approvals.reject(ben, issued.approval_id, "Back Market did it.")
    assert [row.state for row in overview.show(ann, 1).refunds] == ["rejected", "confirmed"]
    take_in(ann, raw_order(1, [line], date_modification="2026-11-21T10:00:00+00:00"))
    assert [row.state for row in overview.show(ann, 1).refunds] == ["rejected", "confirmed"]
    check_money()


def test_withdrawn_refund_is_free_again_in_the_daily_limit(ann: Desk) -> None:
    refunds.issue(ann, 1, RefundRequest(lines={11: eur("50")}))
    assert refunds.plan(ann, 2, RefundRequest("issue_refund", amount=eur("31"))).approval
    outbox.withdraw(ann, outbox.listing(ann)[0].effect_id)
    assert refunds.plan(ann, 2, RefundRequest("issue_refund", amount=eur("31"))).approval == ""


def test_approval_carries_out_the_request_as_it_was_made(ann: Desk, ben: Desk) -> None:
    parts: dict[str, Any] = {"lines": {11: None}, "shipping": eur("5")}
    wanted = RefundRequest("issue_refund_check", **parts, reference="C1", note="N", method="wire")
    asked = refunds.issue(ann, 1, wanted)
    kept = request_kept.read(Approval.get().request, "EUR")
    assert kept == replace(wanted, lines={11: eur("100")}, date="2026-11-24")
    assert approvals.approve(ben, asked.approval_id or 0).state == "approved"
    assert request_kept.read("", "EUR") is None


def test_approval_sends_what_was_asked_for_whatever_its_rows_say_since(ann: Desk, ben: Desk) -> None:
    asked = refunds.issue(ann, 1, RefundRequest(reason=21))
    Refund.update(reason=22).execute()
    approvals.approve(ben, asked.approval_id or 0)
    assert Effect.get().body["return_reason"] == 21


def test_request_of_an_older_release_is_rebuilt_from_what_was_booked(ann: Desk, ben: Desk) -> None:
    asked = refunds.issue(ann, 1, RefundRequest(amount=eur("60")))
    Approval.update(request="").execute()
    assert approvals.approve(ben, asked.approval_id or 0).state == "approved"
    assert [effect.state for effect in Effect.select()] == ["planned"]


def test_rebuilt_request_has_the_lines_and_the_shipping_of_its_refunds(ann: Desk, ben: Desk) -> None:
    paid: dict[str, Any] = {"method": "wire", "reference": "R1", "note": "N", "reason": 22}
    asked = refunds.issue(ann, 1, RefundRequest("issue_refund", {11: eur("60")}, shipping=eur("3"), **paid))
    Approval.update(request="").execute()
    assert approvals.approve(ben, asked.approval_id or 0).state == "approved"
    booked = [(row.part, row.amount, row.method, row.reference, row.state) for row in Refund.select()]
    assert booked == [("line", 6000, "wire", "R1", "recorded"), ("shipping", 300, "wire", "R1", "recorded")]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (RefundRequest(method="gold"), "method"),
        (RefundRequest(reason=7), "reason"),
        (RefundRequest(date="tomorrow"), "date"),
        (RefundRequest(date="2036-01-01"), "date"),
        (RefundRequest("issue_refund_check"), "reference"),
        (RefundRequest(note="x" * 501), "note"),
    ],
)
def test_refused_field_of_a_refund_is_named(counter: Desk, request_: RefundRequest, field: str) -> None:
    with pytest.raises((ConfigError, RuleRefused)) as refused:
        refunds.plan(counter, 1, request_)
    assert refused.value.field == field


def test_refunds_in_another_currency_leave_the_limit_of_a_day_alone(counter: Desk, ann: Desk) -> None:
    permissions.set_rights(counter, str(ANN), per_day={"JPY": "9000"})
    refunds.issue(ann, 3, RefundRequest("issue_refund"))
    assert refunds.plan(ann, 1, RefundRequest("issue_refund", amount=eur("50"))).approval == ""
