"""Cancelling on Back Market gives money back: the right to refund and the limits hold for it, too."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers import order_of, raw_line, raw_order, take_in

from bmtui.desk.cancellation import on_channel
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import RuleRefused
from bmtui.store.models import Effect, Refund

ANN = 60001


@pytest.fixture
def ann(offline: Desk) -> Desk:
    """Desk of ann, whose rights each test sets; orders 1 to 4 in EUR."""
    take_in(
        offline,
        raw_order(1, [raw_line(11, 1, "1714.00", "A")], state=1),
        raw_order(2, [raw_line(21, 1, "40.00", "B")], state=1),
        raw_order(3, [raw_line(31, 1, "30.00", "C"), raw_line(32, 2, "30.00", "D")]),
        raw_order(4, [raw_line(41, 3, "60.00", "E")]),
    )
    return replace(offline, uid=ANN, actor=f"ann({ANN})")


def rights(desk: Desk, **wanted: object) -> None:
    permissions.set_rights(replace(desk, uid=0), str(ANN), role="operator", **wanted)  # type: ignore[arg-type]


def test_account_that_may_not_refund_cannot_cancel_on_the_channel(ann: Desk) -> None:
    rights(ann, may_refund=False)
    for number in (1, 3):
        with pytest.raises(RuleRefused, match="may not initiate refunds"):
            on_channel.send(ann, number)
    assert "may not initiate refunds" in (on_channel.options(ann, 1).why_not or "")
    assert not Effect.select().exists()


def test_cancellation_above_the_limit_needs_a_person_with_a_higher_one(ann: Desk) -> None:
    rights(ann, per_refund={"EUR": "50"})
    with pytest.raises(RuleRefused, match=r"gives the buyer 1719\.00 EUR back.*above the limit") as caught:
        on_channel.send(ann, 1)
    assert caught.value.advice == "Somebody with a higher limit cancels it."
    # Its lines are one decision, whatever Back Market calls them.
    with pytest.raises(RuleRefused, match=r"65\.00 EUR"):
        on_channel.send(ann, 3)
    assert on_channel.send(ann, 2).job_ids
    assert on_channel.send(replace(ann, uid=0), 1).job_ids


def test_cancellations_count_against_the_limit_of_the_day(ann: Desk) -> None:
    rights(ann, per_day={"EUR": "80"})
    on_channel.send(ann, 2)
    (refund,) = Refund.select().where(Refund.order == order_of(2))
    assert (refund.authorised_uid, refund.state) == (ANN, "queued")
    assert refunds.plan(ann, 4, RefundRequest()).approval
