"""Requests above a limit, differences from the channel, the audit, an order's past, and what ends an order there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from driving import Driver, driving

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.core import audit, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.money import Money
from bmtui.store.models import Drift, Job, Order
from bmtui.tui.overview.document import _lines, field
from bmtui.tui.widgets.form import Choice, Entry, Paragraph

SHIPPED = "channel:shipped payment:charged currency:EUR"
TO_SHIP = "channel:to_ship status:in_process shipping:unshipped"
OTHER = 4242


@pytest.fixture
def asked(office: Desk) -> int:
    """A request of somebody else; its number."""
    permissions.set_rights(office, str(OTHER), role="operator", per_refund={"EUR": "1"})
    order = search.page(office, SHIPPED).rows[0]
    issued = refunds.issue(replace(office, uid=OTHER, actor="ann(4242)"), order.order_id, RefundRequest(note="broken"))
    assert issued.approval_id is not None
    return issued.approval_id


def words(person: Driver) -> str:
    """What is to be seen, however it wraps."""
    return " ".join(person.seen().replace("│", " ").split())


async def open_list(person: Driver, key: str, name: str, text: str) -> None:
    await person.press(key)
    await person.at(name)
    await person.until(lambda: text in person.seen())


async def test_a_request_is_approved_after_a_last_look(office: Desk, asked: int) -> None:
    async with driving(office) as person:
        await open_list(person, "A", "ApprovalsScreen", "ann(4242)")
        await person.press("a")
        await person.at("Confirm")
        assert "is above the limit of ann(4242), 1.00 EUR a refund" in words(person)
        await person.press("enter")
        await person.at("ApprovalsScreen")
        assert approvals.show(office, asked).state == "awaiting_approval"
        await person.press("a")
        await person.at("Confirm")
        await person.press("Y")
        await person.says(f"Request {asked} is approved")
        await person.until(lambda: "Nothing waits" in person.seen())
        assert jobs.listing(office)[0].type == "refund"
        await person.press("a")
        await person.says("no request under the cursor")


async def test_a_request_is_rejected_with_a_reason(office: Desk, asked: int) -> None:
    async with driving(office) as person:
        await open_list(person, "A", "ApprovalsScreen", "ann(4242)")
        await person.press("x")
        await person.at("AskText")
        await person.press("enter")
        assert "needs a reason" in person.app.screen.query_one("#problem", Paragraph).text
        await person.press(*"no", "enter")
        await person.says(f"Request {asked} is rejected")
        assert approvals.show(office, asked).reason == "no"


async def test_who_is_above_a_limit_is_told_in_the_review(office: Desk) -> None:
    permissions.set_rights(office, str(office.uid), role="admin", per_refund={"EUR": "1"})
    async with driving(office) as person:
        await person.search(SHIPPED)
        await person.press("r")
        await person.at("Refund")
        await person.press("ctrl+s")
        await person.at("Confirm")
        assert f"above the limit of {office.actor}, 1.00 EUR" in words(person)
        # Nothing is sent now: the key must not say so.
        assert "Y Ask for approval: " in words(person)
        await person.press("Y")
        await person.says("waits for a second person")
        assert "A shows it; x there withdraws it." in words(person)
        await open_list(person, "A", "ApprovalsScreen", office.actor)
        await person.press("a")
        await person.says("You asked for it yourself: another account approves it. x withdraws it.")


async def test_differences_are_listed_and_repaired_by_a_key(office: Desk) -> None:
    row = search.page(office, SHIPPED).rows[0]
    job = Job.select().first()
    for repairable in (True, False):
        Drift.create(
            job=job, company=job.company_id, order_id=row.order_id, what="tracking" if repairable else "refunds",
            here="X-1", there="none", advice="" if repairable else "Look in the Back Office.", repairable=repairable,
            found_at=office.now(), state="open",
        )  # fmt: skip
    async with driving(office) as person:
        await open_list(person, "equals_sign", "DriftsScreen", "2 differences stand")
        await person.press("f")
        await person.says("takes what Back Market says of order")
        made = jobs.listing(office)[0]
        assert (made.type, made.parameters["fix"], made.parameters["orders"]) == (
            "reconciliation",
            True,
            [row.order_id],
        )
        await person.press("j", "f")
        await person.says("Look in the Back Office.")
        await person.press("R")
        await person.says("compares with Back Market")
        assert not jobs.listing(office)[0].parameters["fix"]
        await person.press("F")
        await person.at("Confirm")
        await person.press("Y")
        await person.says("compares with Back Market")
        assert jobs.listing(office)[0].parameters["fix"]
        await person.press("enter")
        await person.at("OrderScreen")


async def test_the_audit_is_read_and_verified(office: Desk) -> None:
    order = search.page(office, TO_SHIP).rows[0]
    internal_cancel.cancel_internally(office, order.order_id, "on_hold", "why")
    async with driving(office) as person:
        await open_list(person, "exclamation_mark", "AuditScreen", "In Process → On Hold")
        await person.press("v")
        await person.says("each as it was written")
        await person.press("enter")
        await person.at("AuditRowScreen")
        await person.until(lambda: "Before" in person.seen())
        assert '"in_process"' in person.seen()
        await person.press("q")
        await person.at("AuditScreen")
        database = office.store.database
        database.execute_sql("DROP TRIGGER audit_never_changes")
        database.execute_sql("UPDATE audit SET actor = 'x'")
        await person.press("v")
        await person.at("Notice")
        assert "was changed after it was written" in person.seen()


async def test_an_order_as_it_was_and_its_evidence(office: Desk, tmp_path: Path) -> None:
    order = search.page(office, TO_SHIP).rows[0]
    before = office.now()
    internal_cancel.cancel_internally(office, order.order_id, "on_hold", "why")
    async with driving(office) as person:
        await person.search(f"id:{order.order_id}")
        await person.press("enter")
        await person.at("OrderScreen")
        await person.press("T")
        await person.at("AskText")
        person.app.screen.query_one(Entry).value = before.isoformat()
        await person.press("enter")
        await person.at("AsItWasScreen")
        await person.until(lambda: "In Process" in person.seen())
        assert "as it was at" in person.seen()
        await person.press("q")
        await person.at("OrderScreen")
        assert "On Hold" in person.seen()
        await person.press("Z")
        await person.at("AskText")
        file = tmp_path / "evidence.json"
        person.app.screen.query_one(Entry).value = str(file)
        await person.press("enter")
        await person.until(file.exists)
        await person.at("OrderScreen")
        await person.press("exclamation_mark")
        await person.at("AuditScreen")
        await person.until(lambda: f"Audit of order {order.order_id}" in person.seen())


async def test_lines_end_on_back_market_after_a_review(office: Desk) -> None:
    several = next(
        row for row in search.page(office, "channel:to_ship", limit=200).rows
        if len(overview.show(office, row.order_id).lines) > 1
    )  # fmt: skip
    async with driving(office) as person:
        await person.search(f"id:{several.order_id}")
        await person.press("C")
        await person.at("ChannelCancel")
        assert "still expects" in person.seen()
        for choice in person.app.screen.query(Choice):
            choice.focus()
            await person.press("right")
        await person.press("ctrl+s")
        assert "No line is chosen" in person.app.screen.query_one("#problem", Paragraph).text
        await person.press("right", "ctrl+s")
        await person.at("Confirm")
        assert "Sent to Back Market, exactly:" in person.seen()
        await person.press("Y")
        await person.says("is queued as job")
        assert audit.listing(office, order_id=several.order_id)[0].action == "order.cancel_on_channel"


async def test_a_cancellation_that_only_waits_does_not_say_that_it_is_sent(office: Desk) -> None:
    permissions.set_rights(office, str(office.uid), role="admin", per_refund={"EUR": "1"})
    found = search.page(office, f"{TO_SHIP} currency:EUR", limit=200).rows
    one, *others = (row for row in found if len(overview.show(office, row.order_id).lines) == 1)
    async with driving(office) as person:
        await person.search(f"id:{one.order_id}")
        await person.press("C")
        await person.at("Confirm")
        assert "Y Ask for approval" in words(person)
        assert f"is above the limit of {office.actor}" in words(person)
        await person.press("Y")
        await person.says("The refund of it waits for a second person: request ")
        await person.search(f"id:{others[0].order_id},{others[1].order_id}")
        await person.press("space", "space", "C")
        await person.at("Confirm")
        assert "2 of them: refunds only once a second person approved them." in words(person)
        assert "Y Ask for approval" in words(person)
        await person.press("Y")
        await person.at("Results")
        assert "1 lines. Its refund waits for approval " in words(person)


async def test_an_order_comes_back_to_in_process(office: Desk) -> None:
    order = search.page(office, TO_SHIP).rows[0]
    internal_cancel.cancel_internally(office, order.order_id, "cancelled", "x")
    async with driving(office) as person:
        await person.search(f"id:{order.order_id}")
        await person.press("B")
        await person.at("Confirm")
        assert "Cancelled → In Process" in person.seen()
        await person.press("Y")
        await person.says("is In Process again")
        await person.press("B")
        await person.says("it is In Process already")


def test_what_was_refunded_of_a_line_is_whole_on_a_narrow_terminal(office: Desk) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    order = Order.get()
    view = overview.show(office, order.order_id)
    line = replace(view.lines[0], state_label="Refunded before shipping", refunded=Money(41699, "EUR"))
    shown = ["".join(text for text, _ in pieces) for pieces in _lines(replace(view, lines=(line,)), UTC, now, 78)]
    assert shown[1] == "  refunded 416.99"
    assert len(shown[0]) <= 78
    wide = ["".join(text for text, _ in pieces) for pieces in _lines(replace(view, lines=(line,)), UTC, now, 118)]
    assert wide[0].endswith("Refunded before shipping · refunded 416.99")


def test_a_long_label_is_whole() -> None:
    shown = ["".join(text for text, _ in pieces) for pieces in field("allow_fulfillment_upload", "true", 78)]
    assert shown == ["allow_fulfillment_upload", f"{'':18}true"]
