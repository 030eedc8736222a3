"""Actions on all marked rows at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driving import Driver, driving
from helpers import add_company, raw_line, raw_order, take_in

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.orders.order_row import OrderRow
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import issue as refunds
from bmtui.money import Money
from bmtui.store.models import Effect, Note, Refund
from bmtui.tui.widgets.form import Choice
from bmtui.tui.widgets.locale_format import LOCAL

TO_SHIP = "channel:to_ship status:in_process shipping:unshipped"


def marked(person: Driver) -> list[int]:
    return [row.order_id for row in person.home.marked]


async def test_note_is_added_to_all_marked_orders_with_a_result_for_each(office: Desk) -> None:
    async with driving(office) as person:
        ids = [row.order_id for row in search.page(office, "", limit=3).rows]
        await person.press("space", "space", "space", "n")
        await person.at("AskText")
        assert "Note · 3 orders" in person.seen()
        await person.press(*"seen", "enter")
        await person.at("Results")
        assert "Note: 3 done, 0 not" in person.seen()
        assert all(str(order_id) in person.seen() for order_id in ids)
        await person.press("enter")
        await person.at("SearchScreen")
        assert marked(person) == []
        assert all(overview.show(office, order_id).notes[-1].text == "seen" for order_id in ids)


async def test_note_on_orders_of_the_same_number_of_two_companies_is_added_to_both(office: Desk) -> None:
    add_company(office, "Other")
    first = search.page(office, "", limit=1).rows[0]
    take_in(office.of_company("Other"), raw_order(first.order_id, [raw_line(10, 3)]))
    async with driving(office) as person:
        await person.search(f"id:{first.order_id}")
        await person.press("space", "space", "n")
        await person.at("AskText")
        await person.press(*"seen", "enter")
        await person.at("Results")
        assert "Note: 2 done, 0 not" in person.seen()
    assert sorted(note.order.company.name for note in Note.select().where(Note.text == "seen")) == sorted(
        (first.company, "Other")
    )


async def test_bulk_cancellation_explains_each_refusal_and_keeps_those_orders_marked(office: Desk) -> None:
    unshipped = search.page(office, TO_SHIP, limit=2).rows
    shipped = search.page(office, "channel:shipped", limit=1).rows[0]
    async with driving(office) as person:
        await person.search(f"id:{','.join(str(row.order_id) for row in (*unshipped, shipped))}")
        await person.press("space", "space", "space", "c")
        await person.at("Cancel")
        await person.press("ctrl+s")
        await person.at("Confirm")
        assert str(shipped.order_id) in person.seen()
        # Enter is the safe answer.
        await person.press("enter")
        await person.at("SearchScreen")
        assert len(marked(person)) == 3
        await person.press("c")
        await person.at("Cancel")
        await person.press("ctrl+s")
        await person.at("Confirm")
        await person.press("Y")
        await person.at("Results")
        assert "2 done, 1 not" in person.seen()
        assert "only an unshipped order can be" in " ".join(person.seen().replace("│", "").split())
        await person.press("enter")
        await person.at("SearchScreen")
        assert marked(person) == [shipped.order_id]
        assert {overview.show(office, row.order_id).row.status for row in unshipped} == {"cancelled"}


@pytest.mark.parametrize("cursor", ["first", "last"])
async def test_bulk_action_checks_each_marked_order_by_itself(office: Desk, cursor: str) -> None:
    accepts = search.page(office, "channel:to_accept status:in_process payment:charged", limit=2).rows
    shipped = search.page(office, "channel:shipped", limit=1).rows[0]
    async with driving(office) as person:
        await person.search(f"id:{','.join(str(row.order_id) for row in (*accepts, shipped))}")
        await person.press("space", "space", "space", "g" if cursor == "first" else "G")
        under = person.home.order
        await person.press("a")
        await person.at("Confirm")
        assert "Accept · 2 orders" in person.seen()
        await person.press("Y")
        await person.at("Results")
        assert "Accept: 2 queued, 1 not" in person.seen()
        assert "It is Shipped: there is no line to accept." in person.words
        await person.press("enter")
        await person.at("SearchScreen")
        assert marked(person) == [shipped.order_id]
    assert under is not None
    assert Effect.select().where(Effect.kind == "accept").count() == 2


async def bulk_review(office: Desk, limit: Money, *orders: OrderRow) -> str:
    """Return the text of the last review before these orders are refunded on Back Market."""
    permissions.set_rights(office, str(office.uid), role="admin", per_refund={"EUR": limit.decimal})
    async with driving(office) as person:
        await person.search(f"id:{','.join(str(row.order_id) for row in orders)}")
        await person.press(*["space"] * len(orders), "r")
        await person.at("RefundMany")
        await person.press("ctrl+s")
        await person.at("Confirm")
        return person.words


async def test_bulk_refund_review_offers_send_if_only_some_need_an_approval(office: Desk) -> None:
    found = search.page(office, "channel:shipped payment:charged currency:EUR", limit=50).rows
    small, large = min(found, key=lambda row: row.refundable.minor), max(found, key=lambda row: row.refundable.minor)
    words = await bulk_review(office, small.refundable, small, large)
    assert "Y Send to Back Market: " in words
    assert "1 of them: only once a second person approved it." in words
    words = await bulk_review(office, Money(1, "EUR"), small, large)
    assert "Y Ask for approval: " in words
    assert "2 of them: only once a second person approved it." in words
    words = await bulk_review(office, large.refundable, small, large)
    assert "Y Send to Back Market: " in words
    assert "second person" not in words


async def test_a_bulk_refund_shows_the_sum_first(office: Desk) -> None:
    rows = search.page(office, "channel:shipped payment:charged currency:EUR", limit=2).rows
    async with driving(office) as person:
        await person.search(f"id:{rows[0].order_id},{rows[1].order_id}")
        await person.press("space", "space", "r")
        await person.at("RefundMany")
        assert "Channel's reason" in person.seen()
        person.app.screen.query_one("#operation", Choice).focus()
        await person.press("right")
        await person.until(lambda: "Channel's reason" not in person.seen())
        await person.press("ctrl+s")
        await person.at("Confirm")
        total = rows[0].refundable + rows[1].refundable
        seen = " ".join(person.seen().replace("│", "").split())
        assert f"Record {total}: all that is left of 2 orders. Nothing stays refundable." in seen
        assert Refund.select().where(Refund.made_by == office.actor).count() == 0
        await person.press("Y")
        await person.at("Results")
        assert "2 done, 0 not" in person.seen()
        assert all(overview.show(office, row.order_id).row.refundable.minor == 0 for row in rows)


async def test_bulk_refund_on_the_channel_shows_the_remaining_amount(office: Desk) -> None:
    found = search.page(office, "channel:shipped payment:charged currency:EUR", limit=100).rows
    row = next(row for row in found if refunds.options(office, row.order_id).shipping.minor)
    rest = refunds.options(office, row.order_id).shipping
    async with driving(office) as person:
        await person.search(f"id:{row.order_id}")
        await person.press("space", "r")
        await person.at("RefundMany")
        await person.press("ctrl+s")
        await person.at("Confirm")
        seen = " ".join(person.seen().replace("│", "").split())
        assert f"Refund on Back Market {row.refundable - rest}: all that Back Market can refund of 1 order." in seen
        assert f"{rest} stays refundable." in seen


async def test_note_on_marked_orders_of_a_read_only_desk_is_refused(office: Desk) -> None:
    async with driving(replace(office, read_only=True)) as person:
        await person.press("space", "space", "n")
        await person.at("Results")
        assert "0 done, 2 not" in person.seen()
        assert Note.select().count() == 0


async def test_action_for_one_order_is_refused_while_several_are_marked(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("space", "space")
        for key, name in (("T", "As it was"), ("Z", "Evidence pack")):
            await person.press(key)
            await person.says(f"2 orders are marked, and {name} works on one order: Esc clears the marks.")


async def test_bulk_review_shows_each_amount_and_its_results_follow_what_is_sent(office: Desk) -> None:
    rows = search.page(office, "channel:shipped payment:charged currency:EUR", limit=3).rows
    async with driving(office) as person:
        await person.search(f"id:{','.join(str(row.order_id) for row in rows)}")
        await person.press("space", "space", "space", "r")
        await person.at("RefundMany")
        await person.press("ctrl+s")
        await person.at("Confirm")
        words = person.words
        planned = [refunds.plan(office, row.order_id, refunds.RefundRequest("refund_on_back_market")) for row in rows]
        for row, plan in zip(rows, planned, strict=True):
            assert f"{row.order_id} {LOCAL.amount(plan.total)} {row.customer_name}" in words
        await person.press("Y")
        await person.at("Results")
        await person.until(lambda: "Issue Refund: 3 queued, 0 not" in person.seen())
        assert "u Take back 3" in person.words
        # One of them leaves meanwhile, and is confirmed.
        first = Effect.select().where(Effect.kind == "refund").order_by(Effect.id).first()
        Effect.update(state="confirmed").where(Effect.id == first.id).execute()
        await person.until(lambda: "1 confirmed" in person.seen())
        assert "2 queued" in person.seen()
        await person.press("u")
        await person.until(lambda: "2 withdrawn" in person.seen())
        assert "u Take back" not in person.words
        await person.press("enter")
        await person.at("SearchScreen")
    states = [effect.state for effect in Effect.select().where(Effect.kind == "refund").order_by(Effect.id)]
    assert sorted(states) == ["confirmed", "withdrawn", "withdrawn"]
    left = [overview.show(office, row.order_id).row.refundable for row in rows]
    assert sum(before.refundable == after for before, after in zip(rows, left, strict=True)) == 2


async def test_count_before_an_action_applies_it_to_that_many_orders(office: Desk) -> None:
    accepts = search.page(office, "channel:to_accept status:in_process payment:charged", limit=3).rows
    async with driving(office) as person:
        await person.search("channel:to_accept status:in_process payment:charged")
        await person.press("j", "0", "2", "a")
        await person.at("Confirm")
        assert "Accept · 2 orders" in person.seen()
        assert all(str(row.order_id) in person.seen() for row in accepts[1:3])
        await person.press("escape")
        await person.at("SearchScreen")
        assert marked(person) == []
    assert not Effect.select().exists()
