"""Rules of refunds with later effects: amounts refundable again, the day, and the person whose limit is used."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from helpers import add_company, check_money, eur, raw_line, raw_order, take_in
from invoice_shop import open_shop, sold

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import RuleRefused

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ANN, BEN = 60001, 60002


def at(desk: Desk, uid: int, name: str) -> Desk:
    return replace(desk, uid=uid, actor=f"{name}({uid})")


@pytest.fixture
def counter(offline: Desk) -> Desk:
    """Two orders of 100.00 and 5.00 shipping; who runs the tests is admin without limits."""
    take_in(offline, raw_order(1, [raw_line(11, 3)]), raw_order(2, [raw_line(21, 3)]))
    return replace(offline, now=lambda: NOON)


@pytest.fixture
def ann(counter: Desk) -> Desk:
    """Desk of an operator who needs an approval above 1.00."""
    permissions.set_rights(counter, str(ANN), role="operator", per_refund={"EUR": "1"})
    return at(counter, ANN, "ann")


@pytest.mark.parametrize("who", ["the other one rejects", "who asked withdraws"])
def test_shipping_in_a_rejected_refund_request_is_refundable_again(counter: Desk, ann: Desk, who: str) -> None:
    asked = refunds.issue(ann, 1, RefundRequest("issue_refund", shipping=eur("5.00")))
    assert refunds.options(counter, 1).shipping == eur("0.00")
    with pytest.raises(RuleRefused, match="shipping charges"):
        refunds.plan(counter, 1, RefundRequest("issue_refund", shipping=eur("0.01")))
    approvals.reject(ann if who == "who asked withdraws" else counter, asked.approval_id or 0, "not now")
    assert refunds.options(counter, 1).shipping == eur("5.00")
    refunds.issue(counter, 1, RefundRequest("issue_refund", shipping=eur("5.00")))
    check_money()


def test_refund_date_is_not_before_the_day_of_the_order_in_the_company_zone(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 3)], date_creation="2026-11-01T23:30:00+00:00"))
    desk = replace(offline, now=lambda: NOON)
    for day in ("2026-10-31", "2026-11-01"):
        with pytest.raises(RuleRefused, match="ordered on 2026-11-02"):
            refunds.issue(desk, 1, RefundRequest("issue_refund", date=day))
    refunds.issue(desk, 1, RefundRequest("issue_refund", date="2026-11-02"))


def test_refund_date_may_be_today_in_the_company_zone_when_utc_is_still_at_yesterday(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 3)]))
    desk = replace(offline, now=lambda: datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    with pytest.raises(RuleRefused, match="in the future"):
        refunds.issue(desk, 1, RefundRequest("issue_refund", date="2026-11-25"))
    refunds.issue(desk, 1, RefundRequest("issue_refund", date="2026-11-24"))


def test_refund_date_and_today_are_those_of_the_zone_of_the_orders_own_company(offline: Desk) -> None:
    add_company(offline, "Other", time_zone="Asia/Tokyo")
    late = "2026-11-01T15:30:00+00:00"
    take_in(offline, raw_order(2, [raw_line(21, 3)], date_creation=late), company="Other")
    desk = replace(offline, now=lambda: datetime(2026, 11, 23, 15, 30, tzinfo=UTC))
    # It is the 24th in Tokyo, and the 23rd in Paris and in UTC.
    assert refunds.plan(desk, 2, RefundRequest("issue_refund")).date == date(2026, 11, 24)
    assert refunds.plan(desk, 2, RefundRequest("issue_refund", date="today")).date == date(2026, 11, 24)
    with pytest.raises(RuleRefused, match="in the future"):
        refunds.plan(desk, 2, RefundRequest("issue_refund", date="2026-11-25"))
    with pytest.raises(RuleRefused, match="ordered on 2026-11-02"):
        refunds.plan(desk, 2, RefundRequest("issue_refund", date="2026-11-01"))


def test_approved_refund_counts_against_the_daily_limit_of_the_approver(counter: Desk, ann: Desk) -> None:
    permissions.set_rights(counter, str(BEN), role="operator", per_day={"EUR": "100"})
    ben = at(counter, BEN, "ben")
    asked = refunds.issue(ann, 1, RefundRequest("issue_refund", amount=eur("60")))
    # What waits for somebody counts for nobody yet.
    assert refunds.plan(ben, 2, RefundRequest("issue_refund", amount=eur("100"))).approval == ""
    approvals.approve(ben, asked.approval_id or 0)
    assert refunds.plan(ben, 2, RefundRequest("issue_refund", amount=eur("40"))).approval == ""
    assert "40.00 EUR" in refunds.plan(ben, 2, RefundRequest("issue_refund", amount=eur("40.01"))).approval
    tomorrow = replace(ben, now=lambda: NOON + timedelta(days=1))
    assert refunds.plan(tomorrow, 2, RefundRequest("issue_refund", amount=eur("100"))).approval == ""


@pytest.mark.parametrize("parts", [("33.35", "33.35"), ("0.03", "0.04"), ("7.77", "1.11", "0.01")])
def test_several_refunds_of_a_line_in_the_last_credit_note_sum_to_what_was_invoiced(
    offline: Desk, parts: tuple[str, ...]
) -> None:
    shop = replace(open_shop(offline, sold(1), vat_mode="regular"), now=lambda: NOON)
    invoice = invoicing.make(shop, 1)
    credited: list[tuple[int, int, int]] = []

    def credit(*requests: RefundRequest) -> None:
        for request in requests:
            refunds.issue(shop, 1, request)
        note = invoicing.credit(shop, 1)
        assert note is not None
        credited.append((note.net.minor, note.tax.minor, note.gross.minor))

    credit(RefundRequest("issue_refund", lines={11: eur("0.07")}))
    # All that is left, in one credit note: the line in several refunds, then the shipping charges.
    several = [RefundRequest("issue_refund", lines={11: eur(part)}) for part in parts]
    credit(*several, RefundRequest("issue_refund"))
    whole = (invoice.net.minor, invoice.tax.minor, invoice.gross.minor)
    assert tuple(map(sum, zip(*credited, strict=True))) == whole


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((3,), "5.00 EUR of it is shipping, which only the Back Office refunds."),
        ((3, 3), "5.00 EUR of it is shipping, which only the Back Office refunds."),
        ((2,), "5.00 EUR of it is shipping, which Back Market returns automatically."),
        ((2, 3), "5.00 EUR of it is shipping, which only the Back Office refunds."),
    ],
)
def test_full_refund_over_the_channel_says_why_shipping_stays(
    offline: Desk, states: tuple[int, ...], said: str
) -> None:
    take_in(offline, raw_order(1, [raw_line(10 + n, state, sku=f"SKU-{n}") for n, state in enumerate(states)]))
    made = refunds.plan(offline, 1, RefundRequest())
    assert f"5.00 EUR stays refundable. {said}" in made.sentence
    # What is recorded here is of the whole order.
    assert "shipping" not in refunds.plan(offline, 1, RefundRequest(operation="issue_refund")).sentence
