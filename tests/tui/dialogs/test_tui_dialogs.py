from __future__ import annotations

from dataclasses import replace

import pytest
from driving import Driver, driving

from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.money import Money
from bmtui.store.models import Effect, Order, OrderLine, Refund
from bmtui.tui.dialogs.confirm import Confirm
from bmtui.tui.refunds.dialog import AmountEntry
from bmtui.tui.sync.download_dialog import Download
from bmtui.tui.widgets.form import Choice, Entry, Paragraph
from bmtui.tui.widgets.lines import Line

TO_SHIP = "channel:to_ship status:in_process shipping:unshipped"
SHIPPED = "channel:shipped payment:charged currency:EUR"


async def open_refund(person: Driver) -> int:
    await person.search(SHIPPED)
    order = person.home.order
    assert order is not None
    await person.press("r")
    await person.at("Refund")
    return order.order_id


async def test_cancel_dialog_saves_and_says_that_nothing_was_sent(office: Desk) -> None:
    async with driving(office) as person:
        await person.search(TO_SHIP)
        order = person.home.order
        assert order is not None
        await person.press("c")
        await person.at("Cancel")
        assert "Back Market still expects this order to ship" in person.seen()
        assert "Nothing is sent to Back Market" in person.seen()
        # Enter on a fresh dialog goes on to the next field, and no further.
        await person.press("enter", "enter", "enter")
        await person.at("Cancel")
        assert overview.show(office, order.order_id).row.status == "in_process"
        person.app.screen.query_one(Choice).focus()
        await person.press("right", "ctrl+s")
        assert "On Hold needs a note" in person.app.screen.query_one("#problem", Paragraph).text
        await person.press(*"why", "ctrl+s")
        await person.says(f"Order {order.order_id} is On hold now".replace("On hold", "On Hold"))
        view = overview.show(office, order.order_id)
        assert view.row.status == "on_hold"
        assert view.notes[-1].text == "why"


async def test_a_shipped_order_cannot_be_cancelled_and_its_return_is_offered_at_once(office: Desk) -> None:
    async with driving(office) as person:
        await person.search(SHIPPED)
        order = person.home.order
        assert order is not None
        await person.press("c")
        await person.at("Form")
        assert f"Create RMA · order {order.order_id}" in person.seen()
        assert "was shipped: handle its return in an RMA" in " ".join(person.seen().split())
        await person.press("escape")
        await person.at("SearchScreen")


async def test_refund_dialog_leads_through_fields_and_review(office: Desk) -> None:
    async with driving(office) as person:
        order_id = await open_refund(person)
        assert "all" in person.seen()
        # What is typed replaces what was prefilled.
        await person.press("backspace", "ctrl+s")
        assert "no amount to refund yet" in person.app.screen.query_one("#problem", Paragraph).text
        await person.press(*"20.5")
        left = overview.show(office, order_id).row.refundable - Money(2050, "EUR")
        assert f"{left.decimal} left" in person.seen()
        assert "− 20.50 this refund" in person.app.screen.query_one("#sum", Line).text
        await person.press("ctrl+s")
        await person.at("Confirm")
        assert "/ws/" in person.seen()
        assert "Recorded here: Refund 20.50" in person.seen()
        assert "Partially Refunded" in person.seen()
        # The safe answer has the focus.
        await person.press("enter")
        await person.at("Refund")
        assert Refund.select().where(Refund.made_by == office.actor).count() == 0
        await person.press("ctrl+s")
        await person.at("Confirm")
        await person.press("y")
        await person.at("Confirm")
        await person.press("Y")
        await person.says("A refund of 20.50 EUR is queued as job")
        assert overview.show(office, order_id).refunds[-1].amount.decimal == "20.50"
        assert jobs.listing(office)[0].type == "refund"


async def test_full_refund_takes_three_keys_and_one_key_withdraws_it(office: Desk) -> None:
    async with driving(replace(office, undo=True)) as person:
        await person.search(SHIPPED)
        order = person.home.order
        assert order is not None
        await person.press("r")
        await person.at("Refund")
        await person.press("ctrl+s")
        await person.at("Confirm")
        assert "Nothing stays refundable" in person.seen() or "stays refundable" in person.seen()
        await person.press("Y")
        await person.says("is queued as job")
        assert "u takes it back" in person.status
        whole = overview.show(office, order.order_id)
        assert whole.row.refunded == sum((line.price for line in whole.lines), Money(0, "EUR"))
        await person.press("u")
        await person.says(f"Taken back: order {order.order_id}, Refund")
        assert overview.show(office, order.order_id).row.refunded.minor == 0
        await person.press("u")
        await person.says("No write of yours waits")


async def test_operation_changes_the_prefilled_amounts_until_one_is_typed(office: Desk) -> None:
    async with driving(office) as person:
        row = next(row for row in search.page(office, SHIPPED, limit=100).rows if row.shipping.minor)
        await person.search(f"id:{row.order_id}")
        await person.press("r")
        await person.at("Refund")
        shipping = person.app.screen.query_one("#shipping", Entry)
        assert shipping.value == ""
        await person.press("shift+tab", "right")
        assert shipping.value == "all"
        assert "0.00 left" in person.seen()
        await person.press("left")
        assert shipping.value == ""
        await person.press("tab", "7", "shift+tab", "right")
        assert shipping.value == ""


async def test_a_refund_too_high_is_refused_in_the_dialog(office: Desk) -> None:
    async with driving(office) as person:
        await open_refund(person)
        await person.press(*"99999")
        assert "too much" in person.app.screen.query_one("#sum", Line).text
        await person.press("ctrl+s")
        await person.until(lambda: person.app.screen.query_one("#problem", Paragraph).text != "")
        await person.at("Refund")
        person.app.screen.query(AmountEntry).first().value = "1x"
        await person.pilot.pause()
        assert "not an amount" in person.app.screen.query_one("#sum", Line).text


@pytest.mark.parametrize(("typed", "said"), [("12,5", "− 12.50 this refund"), ("1.000", "two"), ("1,000", "two")])
async def test_amount_in_the_refund_dialog_is_read_or_refused_as_a_command_does(
    office: Desk, typed: str, said: str
) -> None:
    async with driving(office) as person:
        await open_refund(person)
        await person.press(*typed)
        assert said in person.app.screen.query_one("#sum", Line).text


async def test_a_goodwill_refund_is_recorded_with_its_fields(office: Desk) -> None:
    async with driving(office) as person:
        order_id = await open_refund(person)
        assert "Channel's reason" in person.seen()
        await person.press("shift+tab", "right")
        # It is asked for only where it is sent.
        await person.until(lambda: "Channel's reason" not in person.seen())
        await person.press("left")
        await person.until(lambda: "Channel's reason" in person.seen())
        await person.press("right")
        assert "nothing is sent" in person.app.screen.query_one("#about", Paragraph).text
        screen = person.app.screen
        screen.query_one("#amount", Entry).value = "5,00"
        await person.until(lambda: screen.query(AmountEntry).first().value == "")
        screen.query_one("#reference", Entry).value = "R-1"
        screen.query_one("#note", Entry).value = "sorry"
        await person.press("ctrl+s")
        await person.at("Confirm")
        assert "Nothing is sent to Back Market." in person.seen()
        await person.press("Y")
        await person.says("is recorded for order")
        made = overview.show(office, order_id).refunds[-1]
        assert (made.amount.decimal, made.reference, made.note, made.state) == ("5.00", "R-1", "sorry", "recorded")


async def test_refund_of_an_order_changed_meanwhile_is_not_made(office: Desk) -> None:
    async with driving(office) as person:
        order_id = await open_refund(person)
        Order.update(version=Order.version + 1).where(Order.order_id == order_id).execute()
        await person.press("1", "ctrl+s")
        await person.at("Confirm")
        await person.press("Y")
        await person.until(lambda: "Changed meanwhile" in person.seen())
        assert Refund.select().where(Refund.made_by == office.actor).count() == 0


async def test_enter_when_a_question_needs_y_says_that_nothing_was_done(office: Desk) -> None:
    async with driving(office) as person:
        await person.search("channel:to_accept")
        await person.press("a")
        await person.at("Confirm")
        await person.press("enter")
        await person.says("Nothing was done.")
        assert not Effect.select().exists()


async def test_keys_typed_ahead_do_not_reach_a_dangerous_dialog(office: Desk) -> None:
    async with driving(office, deaf_s=10_000) as person:
        await person.search(TO_SHIP)
        await person.press("c")
        await person.at("Cancel")
        await person.press("ctrl+s", "escape", "Y", "enter")
        await person.at("Cancel")


async def test_keys_typed_ahead_reach_a_dialog_but_not_its_review(
    office: Desk,
) -> None:
    async with driving(office, deaf_s=10_000) as person:
        await person.search(SHIPPED)
        await person.press("r", "ctrl+s", "Y")
        await person.at("Confirm")
        await person.settled()
        assert type(person.app.screen).__name__ == "Confirm"
        assert Refund.select().where(Refund.made_by == office.actor).count() == 0


async def test_note_is_saved_and_order_number_is_copied(office: Desk) -> None:
    async with driving(office) as person:
        row = search.page(office, "").rows[0]
        await person.press("n")
        await person.at("AskText")
        await person.press("enter")
        assert "The note is empty" in person.seen()
        await person.press(*"hello", "enter")
        await person.says("The note is stored")
        assert overview.show(office, row.order_id).notes[-1].text == "hello"
        await person.press("y")
        await person.says("clipboard")


async def test_a_download_is_asked_for_and_queued(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("D")
        await person.at("Download")
        screen = person.app.screen
        assert isinstance(screen, Download)
        # Enter goes on to the next field, as in other dialogs; only ^s downloads.
        await person.press("enter", "enter", "enter")
        assert not screen.answer.done()
        screen.query_one("#since", Entry).value = "soon"
        await person.press("ctrl+s")
        await person.until(lambda: "'soon' is not a time" in person.seen())
        assert person.app.focused is screen.query_one("#since")
        screen.query_one("#since", Entry).value = "2999-01-01"
        await person.press("ctrl+s")
        await person.until(lambda: "in the future" in person.seen())
        # A field that is as full as it can be takes another date all the same.
        screen.set_focus(None)
        screen.query_one("#since", Entry).focus()
        await person.press(*"2026-01-01", "ctrl+s")
        await person.says("downloads the orders of Shop from 2026-01-01 on")
        assert jobs.listing(office)[0].type == "order_download"
        await person.until(lambda: "jobs: 1 waiting" in person.line("#header"))


@pytest.mark.parametrize(
    ("query", "keys", "dialog"),
    [
        ("", ("n",), "AskText"),
        ("", ("D",), "Download"),
        (TO_SHIP, ("t",), "Ship"),
        (TO_SHIP, ("N",), "Identify"),
        (SHIPPED, ("c",), "Form"),
        (SHIPPED, ("r",), "Refund"),
        ("", ("P",), "AskPath"),
    ],
)
async def test_typed_text_is_dropped_by_a_second_escape(
    office: Desk, query: str, keys: tuple[str, ...], dialog: str
) -> None:
    async with driving(office) as person:
        await person.search(query)
        await person.press(*keys)
        await person.at(dialog)
        await person.press("escape")
        # Nothing was typed, whatever it was filled with.
        await person.at("SearchScreen")
        await person.press(*keys)
        await person.at(dialog)
        screen = person.app.screen
        if not isinstance(screen.focused, Entry):
            screen.query(Entry).first().focus()
        await person.press("end", "backspace", "x", "escape")
        assert person.app.screen is screen
        assert "Esc again drops what you typed" in person.seen()
        # Who types on is told again.
        await person.press("backspace", "y")
        await person.until(lambda: "Esc again" not in person.seen())
        await person.press("escape")
        assert "Esc again drops what you typed" in person.seen()
        await person.press("escape")
        await person.at("SearchScreen")


async def test_text_filled_in_by_a_dialog_does_not_count_as_typed(office: Desk) -> None:
    async with driving(office) as person:
        await open_refund(person)
        await person.press("shift+tab", "right")
        await person.until(lambda: "Is recorded here" in person.seen())
        await person.press("escape")
        await person.at("SearchScreen")
        await person.search(TO_SHIP)
        await person.press("c")
        await person.at("Cancel")
        await person.press("shift+tab", "right", "escape")
        await person.at("SearchScreen")
        # What is looked for is not lost.
        await person.press("colon", "x", "escape")
        await person.at("SearchScreen")


async def test_keys_of_a_question_are_not_cut_on_a_small_terminal(office: Desk) -> None:
    yes = "Ship with Deutsche Post 00340434161094022115"
    async with driving(office, size=(60, 20)) as person:
        parts = [(f"Line {number}.", "") for number in range(30)]
        person.app.spawn(person.app.show(Confirm("Ship it?", parts, yes)))
        await person.at("Confirm")
        await person.settled()
        for said in ("Enter Back", f"Y {yes}", "j/k 20 more"):
            assert said in person.seen()
        # Where one line has room for all of them, it has them.
        await person.resize(100, 20)
        assert f"Enter Back   Y {yes}   j/k 20 more" in person.seen()


async def test_writing_keys_on_a_read_only_desk_are_refused(office: Desk) -> None:
    async with driving(replace(office, read_only=True)) as person:
        for key in ("c", "r", "n", "D"):
            await person.press(key)
            await person.says("read-only")


async def test_lines_with_similar_names_are_shown_distinctly(office: Desk) -> None:
    found = search.page(office, SHIPPED, limit=100).rows
    order = next(view for view in (overview.show(office, row.order_id) for row in found) if len(view.lines) > 1)
    OrderLine.update(product="Exemple Tablet 10-inch 64 GB - WiFi - Silver").where(
        OrderLine.line_id.in_([line.line_id for line in order.lines])
    ).execute()
    async with driving(office) as person:
        await person.search(f"id:{order.row.order_id}")
        await person.press("r")
        await person.at("Refund")
        assert all(f"{line.sku} · " in person.seen() for line in order.lines[:2])
        await person.until(lambda: "10-inch 64 GB - WiFi - Silver, line " in person.seen())
        assert str(order.lines[0].line_id) in person.seen()
