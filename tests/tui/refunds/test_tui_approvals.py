"""Refund requests above a limit, which a second person decides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driving import driving

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import search
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.tui.widgets.form import Paragraph

SHIPPED = "channel:shipped payment:charged currency:EUR"


OTHER = 4242


@pytest.fixture
def asked(office: Desk) -> int:
    """Request a refund as another person; return the number of the approval."""
    permissions.set_rights(office, str(OTHER), role="operator", per_refund={"EUR": "1"})
    order = search.page(office, SHIPPED).rows[0]
    issued = refunds.issue(replace(office, uid=OTHER, actor="ann(4242)"), order.order_id, RefundRequest(note="broken"))
    assert issued.approval_id is not None
    return issued.approval_id


async def test_refund_request_is_approved_after_a_review(office: Desk, asked: int) -> None:
    async with driving(office) as person:
        await person.open_list("A", "ApprovalsScreen", "ann(4242)")
        await person.press("a")
        await person.at("Confirm")
        assert "is above the limit of ann(4242), 1.00 EUR a refund" in person.words
        await person.press("enter")
        await person.at("ApprovalsScreen")
        assert approvals.show(office, asked).state == "awaiting_approval"
        await person.press("a")
        await person.at("Confirm")
        await person.press("Y")
        await person.says(f"Request {asked} is approved")
        await person.until(lambda: "No request waits" in person.seen())
        assert jobs.listing(office)[0].type == "refund"
        await person.press("a")
        await person.says("no request under the cursor")


async def test_a_request_is_rejected_with_a_reason(office: Desk, asked: int) -> None:
    async with driving(office) as person:
        await person.open_list("A", "ApprovalsScreen", "ann(4242)")
        await person.press("x")
        await person.at("AskText")
        await person.press("enter")
        assert "needs a reason" in person.app.screen.query_one("#problem", Paragraph).text
        await person.press(*"no", "enter")
        await person.says(f"Request {asked} is rejected")
        assert approvals.show(office, asked).reason == "no"


async def test_refund_review_above_a_limit_says_that_an_approval_is_needed(office: Desk) -> None:
    permissions.set_rights(office, str(office.uid), role="admin", per_refund={"EUR": "1"})
    async with driving(office) as person:
        await person.search(SHIPPED)
        await person.press("r")
        await person.at("Refund")
        await person.press("ctrl+s")
        await person.at("Confirm")
        assert f"above the limit of {office.actor}, 1.00 EUR" in person.words
        # Nothing is sent now: the key must not say so.
        assert "Y Ask for approval: " in person.words
        await person.press("Y")
        await person.says("waits for a second person")
        assert "A shows it; x there withdraws it." in person.words
        await person.open_list("A", "ApprovalsScreen", office.actor)
        await person.press("a")
        await person.says("You asked for it yourself: another account approves it. x withdraws it.")
