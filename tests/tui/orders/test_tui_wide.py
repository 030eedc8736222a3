"""Search screen from 60 columns to 200: columns that stay, columns that are added, and the order beside the list."""

from __future__ import annotations

import pytest
from driving import Driver, driving
from textual.widgets import Input

from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import preview
from bmtui.tui.orders.columns import NAMES, USUAL
from bmtui.tui.orders.preview import Preview
from bmtui.words import EffectState


def heads(person: Driver) -> str:
    return person.seen().splitlines()[4]


@pytest.mark.parametrize(
    ("columns", "shown", "gone"),
    [
        (60, "Order State Ship by Cust… Total", "Product Market Created"),
        (80, "Order State Ship by Product Customer Total", "Market Created"),
        (120, "Order State Ship by Customer Total", "Market Created"),
        (160, "Order State Ship by Product Customer Total", ""),
        (200, "Order State Ship by Product Customer Total Market Created", ""),
    ],
)
async def test_columns_fit_the_width_of_the_terminal(office: Desk, columns: int, shown: str, gone: str) -> None:
    async with driving(office, size=(columns, 24)) as person:
        await person.settled()
        for word in shown.replace("Ship by", "Ship").split():
            assert word.rstrip("…") in heads(person), word
        assert [word for word in gone.split() if word in heads(person)] == []


async def test_trouble_at_60_columns_keeps_its_tab_with_its_glyph(office: Desk) -> None:
    async with driving(office, size=(60, 20)) as person:
        await person.settled()
        assert "Trouble" in person.seen()
        assert all(word in person.seen() for word in ("All", "Accept", "Ship", "Late", "Held"))
        for number in range(7, 10):
            await person.press("w")
            await person.at("AskText")
            await person.press("ctrl+u", *f"View number {number}", "enter")
            await person.says(f"The view View number {number} is saved. {number} opens it.")
        await person.settled()
        # The last views give way, for a key leads to them all the same.
        assert "Trouble" in person.seen()
        assert "9 View" not in person.seen()
        await person.press("9")
        await person.until(lambda: "9 View number 9" in person.seen())


async def test_preview_at_120_columns_when_the_cursor_rests_shows_the_order_and_what_comes_next(office: Desk) -> None:
    reads: list[int] = []
    read = preview.read
    async with driving(office, size=(120, 36)) as person:
        await person.search("channel:to_ship status:in_process shipping:unshipped")
        await person.settled()
        await person.until(lambda: "NEXT  t Ship" in person.seen())
        first = person.home.order
        assert first is not None
        assert str(first.order_id) in person.seen().splitlines()[4]
        for word in ("─ Lines", "─ Money", "─ Ship to", "─ Last", "─ Papers", "Folder none", "Cancel on Back Market"):
            assert word in person.seen(), word
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(preview, "read", lambda desk, order_id: reads.append(order_id) or read(desk, order_id))  # type: ignore[func-returns-value]
            await person.press("j", "j", "j")
            await person.settled()
            fourth = person.home.order
            assert fourth is not None
            await person.until(lambda: str(fourth.order_id) in person.seen().splitlines()[4])
        # Rows that were only passed cost nothing.
        assert reads[-1] == fourth.order_id
        assert len(reads) <= 3
        await person.press("v")
        await person.until(lambda: not person.home.part(Preview).display)
        assert "Product" in heads(person)


async def test_move_of_the_cursor_when_there_is_a_preview_draws_the_row_first(office: Desk) -> None:
    async with driving(office, size=(120, 36)) as person:
        await person.settled()
        pane, before = person.home.part(Preview), person.home.part(Preview).lines()
        person.home.table.move_by(1)
        # The row has moved, what is beside it is what it was, and nothing has been read for it yet.
        assert person.home.table.cursor == 1
        assert pane.lines() == before
        assert not person.home.is_resting
        await person.settled()
        await person.until(lambda: pane.lines() != before)


async def test_list_row_of_a_shipped_order_with_the_upload_off_keeps_its_deadline(office: Desk) -> None:
    from bmtui.desk.companies import companies
    from bmtui.desk.shipping import ship as shipping

    companies.change(office, None, {"allow_fulfillment_upload": "false"})
    async with driving(office, size=(80, 24)) as person:
        await person.search("channel:to_ship status:in_process shipping:unshipped")
        order = person.home.order
        assert order is not None
        await office.write(
            shipping.ship, order.order_id, shipping.ShipRequest("1Z999AA10123456784", "UPS", accept_doubts=True)
        )
        await person.search(f"id:{order.order_id}")
        row = next(line for line in person.seen().splitlines() if f" {order.order_id} " in line)
        assert "Upload waits" in row
        assert row[0] in "~!", "nothing goes on by itself"
        assert "–" not in row.split("Upload waits")[1][:11], "the deadline stands"
        assert [effect.state for effect in await office.read(outbox.listing)] == [EffectState.PLANNED]


def test_names_of_old_columns_still_work() -> None:
    old = "id company created channel status shipby payment name market skus total shipping updated paid shipped"
    assert set(old.split()) <= set(NAMES)
    assert {"state", "product"} <= set(USUAL) <= set(NAMES)


async def test_preview_is_not_read_while_a_query_is_typed(office: Desk) -> None:
    async with driving(office, size=(120, 36)) as person:
        await person.settled()
        await person.press("slash", *"zzzz")
        await person.until(lambda: person.home.shows("zzzz"))
        await person.settled()
        assert isinstance(person.home.focused, Input)
        await person.until(lambda: "NEXT" not in person.seen())
