"""Screen of an order: sections, history, evidence, and no text cut off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from driving import driving
from helpers import eur, raw_line, raw_order, take_in

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.desk.overview import viewers
from bmtui.desk.refunds import issue as refunds
from bmtui.money import Money
from bmtui.store.models import Job, Order, OrderLine
from bmtui.tui.overview.document import _lines
from bmtui.tui.widgets.form import Entry
from bmtui.tui.widgets.lines import Reader
from bmtui.tui.widgets.text import field

TO_SHIP = "channel:to_ship status:in_process shipping:unshipped"


async def test_digits_reach_all_sections_of_an_order(office: Desk) -> None:
    order = search.page(office, "channel:shipped").rows[0]
    async with driving(office, size=(80, 12)) as person:
        await person.search(f"id:{order.order_id}")
        await person.press("enter")
        await person.at("OrderScreen")
        reader = person.app.screen.query_one(Reader)
        titles = ("Summary", "Lines", "Addresses", "Payments", "Refunds", "Notes", "History", "Jobs")
        tops = []
        for number, title in enumerate(titles, start=1):
            await person.press(str(number))
            tops.append(reader.top)
            assert f"{number} {title}" in person.seen().split("8 Jobs", 1)[1] or number == 8
        assert tops == sorted(tops)
        await person.press("g")
        assert reader.top == 0
        await person.press("j", "ctrl+d", "G")
        assert "more" not in person.seen().splitlines()[-3]


async def test_no_amount_sku_or_error_of_an_order_is_cut(office: Desk) -> None:
    order = overview.show(office, search.page(office, "channel:shipped payment:charged currency:EUR").rows[0].order_id)
    first, sku = order.lines[0], "PHN-A14P-512-MIDNIGHT-BLUE-PREMIUM-DUAL-SIM"
    OrderLine.update(sku=sku).where(OrderLine.line_id == first.line_id).execute()
    refunds.issue(office, order.row.order_id, refunds.RefundRequest(lines={first.line_id: None}))
    error = "Back Market refused the request (400): amount must be more than 0 and at most 871.49."
    Job.update(error=error).where(Job.type == "refund").execute()
    async with driving(office) as person:
        await person.app.open_order(order.row.order_id)
        await person.at("OrderScreen")
        seen = ""
        for section in "12345678":
            await person.press(section)
            seen += " ".join(person.seen().split())
        assert f"refunded {first.price.decimal}" in seen
        assert f"Queued · {sku}" in seen
        assert seen.count(sku) > 1
        assert "Refund on Back Market · Other · by" in seen
        assert error in seen


async def test_order_screen_shows_an_earlier_state_and_writes_evidence(office: Desk, tmp_path: Path) -> None:
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


def test_refunded_amount_of_a_line_is_not_cut_on_a_narrow_terminal(office: Desk) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    order = Order.get()
    view = overview.show(office, order.order_id)
    line = replace(view.lines[0], state_label="Refunded before shipping", refunded=Money(41699, "EUR"))
    shown = ["".join(text for text, _ in pieces) for pieces in _lines(replace(view, lines=(line,)), UTC, now, 78)]
    assert shown[1] == "  refunded 416.99"
    assert len(shown[0]) <= 78
    wide = ["".join(text for text, _ in pieces) for pieces in _lines(replace(view, lines=(line,)), UTC, now, 118)]
    assert wide[0].endswith("Refunded before shipping · refunded 416.99")


def test_long_label_of_an_order_is_not_cut() -> None:
    shown = ["".join(text for text, _ in pieces) for pieces in field("allow_fulfillment_upload", "true", 78)]
    assert shown == ["allow_fulfillment_upload", f"{'':18}true"]


async def test_order_screen_names_another_viewer_until_they_leave(office: Desk) -> None:
    row = search.page(office, "", limit=1).rows[0]
    async with driving(office) as person:
        await person.search(f"id:{row.order_id}")
        await person.press("enter")
        await person.at("OrderScreen")
        await person.until(lambda: str(row.order_id) in person.line("#title"))
        assert "also open" not in person.line("#title")
        ann = viewers.begin(replace(office, actor="ann(1)"), row.company, row.order_id)
        assert ann is not None
        await person.until(lambda: "also open: ann" in person.line("#title"))
        ann.release()
        await person.until(lambda: "also open" not in person.line("#title"))
        await person.press("q")
        await person.at("SearchScreen")
        await person.settled()
    again = viewers.begin(office, row.company, row.order_id)
    assert again is not None
    assert viewers.others(office, again) == ""
    again.release()


async def test_an_order_before_its_payment_expects_no_payout(office: Desk) -> None:
    order_id = search.page(office, "channel:awaiting_payment").rows[0].order_id
    async with driving(office) as person:
        await person.app.open_order(order_id)
        await person.at("OrderScreen")
        lines = person.seen().splitlines()
        assert next(line for line in lines if line.startswith("Payout")).split()[2:] == [
            "nothing",
            "before",
            "the",
            "buyer",
            "pays",
        ]
        assert next(line for line in lines if line.startswith("Paid")).split() == ["Paid", "not", "yet"]


@pytest.mark.parametrize(
    ("amount", "payout"),
    [
        (None, "105.00 − fee 10.00 expected = 95.00 EUR"),
        ("40.00", "65.00 − fee 10.00 expected = 55.00 EUR"),
    ],
)
async def test_payout_after_a_refund_says_what_is_assumed_of_the_fee(
    office: Desk, amount: str | None, payout: str
) -> None:
    take_in(office, raw_order(77, [raw_line(771, orderline_fee="10.00")]))
    if amount is not None:
        refunds.issue(office, 77, refunds.RefundRequest(operation="issue_refund", amount=eur(amount)))
    async with driving(office) as person:
        await person.app.open_order(77)
        await person.at("OrderScreen")
        await person.until(lambda: payout in person.words)
        assert ("Assumed: the whole fee, none for lines that Back Market refunded whole;" in person.words) == (
            amount is not None
        )
