"""RMA and after-sales inbox by keys alone; folder, order and RMA are one key apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from driving import Driver, driving
from helpers import raw_folder
from textual.widgets import Input, TextArea

from bmtui.desk.after_sales import folder_store
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.orders.order_row import OrderRow
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import order as overview
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns import search as return_search
from bmtui.desk.returns.rma import ReturnRequest
from bmtui.tui.widgets.form import Choice
from bmtui.tui.widgets.table import Table

OTHER_IMEI = "351269738843222"
FOLDER = 100_000_777


@pytest.fixture
def phone(office: Desk) -> OrderRow:
    """Return a shipped order of one phone."""
    rows = search.page(office, "channel:shipped has:imei payment:charged", limit=50).rows
    return next(row for row in rows if "," not in row.skus and "×" not in row.skus)


def keep_folder(desk: Desk, order: OrderRow, folder_id: int = FOLDER, **more: Any) -> None:
    """Store an open after-sales folder about the order, with a hostile message."""
    (line,) = overview.show(desk, order.order_id).lines
    message, since = "<p>[red]Help[/red] Esc\x1b[2J me</p>", "2026-01-01T10:00:00Z"
    raw = raw_folder(folder_id, order.order_id, line.line_id, line.sku, message, date_creation=since)
    with desk.store.transaction():
        assert folder_store.keep(desk, desk.company_row().id, folder_id, raw | more) == ""


async def save(person: Driver, gone: str) -> None:
    """Press ^s and wait until the dialog has gone."""
    await person.press("ctrl+s")
    await person.at(gone)


async def test_rma_is_created_received_and_closed_by_keys(office: Desk, phone: OrderRow) -> None:
    async with driving(office) as person:
        await person.search(f"id:{phone.order_id}")
        await person.press("m")
        await person.at("Form")
        await person.press("ctrl+s")
        await person.until(lambda: "needs a reason" in person.seen())
        # What is wrong has the focus.
        await person.press("right")
        await save(person, "ReturnScreen")
        (row,) = return_search.listing(office)
        assert row.order_id == phone.order_id
        await person.press("v")
        await person.at("Form")
        await person.press(*"123")
        await person.press("ctrl+s")
        await person.until(lambda: "an IMEI has 15" in person.seen())
        await person.press("ctrl+u", *OTHER_IMEI)
        await save(person, "Notice")
        await person.until(lambda: "ANOTHER DEVICE CAME BACK" in person.seen())
        await person.press("enter")
        await person.at("ReturnScreen")
        await person.until(lambda: "ANOTHER DEVICE" in person.line("#title") and "Received" in person.seen())
        await person.press("d")
        await person.at("Form")
        await save(person, "ReturnScreen")
        await person.says("The resolution is stored.")
        await person.press("r")
        await person.at("Form")
        await person.press("tab", "tab", "right", "right")
        await save(person, "Confirm")
        assert "Nothing is sent to Back Market." in person.seen()
        await person.press("enter")
        await person.at("Form")
        assert person.app.screen.query_one("#operation", Choice).value == "issue_refund"
        await save(person, "Confirm")
        await person.press("Y")
        await person.says("recorded")
        await person.press("t")
        await person.at("Form")
        await save(person, "ReturnScreen")
        await person.until(lambda: "Closed (3)" in person.seen())
        await person.press("v")
        await person.says("is closed")
        await person.press("o")
        await person.at("OrderScreen")
        await person.press("m")
        await person.at("ReturnScreen")
        await person.press("q", "q", "q")
        await person.at("SearchScreen")
        await person.press("M")
        await person.at("ReturnsScreen")
        await person.until(lambda: "OTHER " in person.seen())
    view = returns.show(office, row.rma_id)
    assert (view.row.status, view.row.resolutions, view.row.differs) == ("closed", ("refund",), True)
    assert view.row.refunded.minor > 0


async def test_rma_refund_that_only_waits_is_not_called_sent(office: Desk, phone: OrderRow) -> None:
    permissions.set_rights(office, str(office.uid), role="admin", per_refund={phone.total.currency: "1"})
    returns.create(office, phone.order_id, ReturnRequest(reason="Defective"))
    async with driving(office) as person:
        await person.press("M")
        await person.at("ReturnsScreen")
        await person.until(lambda: "Defective" in person.seen())
        await person.press("r")
        await person.at("Form")
        await save(person, "Confirm")
        assert "Y Ask for approval" in person.seen()
        await person.press("Y")
        await person.says("The refund waits for a second person: request ")


async def test_customer_is_answered_by_keys_and_order_and_rma_are_one_key_away(office: Desk, phone: OrderRow) -> None:
    keep_folder(office, phone)
    async with driving(office) as person:
        await person.press("E")
        await person.at("FoldersScreen")
        await person.until(lambda: "d !" in person.seen() and "[/b]" in person.seen())
        await person.press("enter")
        await person.at("FolderScreen")
        await person.until(lambda: "[red]Help[/red] Esc[2J me" in person.seen())
        await person.press("a")
        await person.at("Answer")
        await person.press("ctrl+s")
        await person.until(lambda: "The message is empty." in person.seen())
        person.app.screen.query_one("#template").focus()
        await person.press("right")
        area = person.app.screen.query_one(TextArea)
        await person.until(lambda: area.text.startswith("Bonjour Marie [/b]Dupont"))
        person.app.screen.query_one("#files", Input).value = "/nowhere.pdf"
        await person.press("ctrl+s")
        await person.until(lambda: "nowhere.pdf cannot be read" in person.seen())
        person.app.screen.query_one("#files", Input).value = ""
        await save(person, "Confirm")
        assert f"POST /ws/sav/{FOLDER}/msg" in person.seen()
        await person.press("enter")
        # Back from the review, and after a slip of the finger: what was written is still there.
        await person.at("Answer")
        assert person.app.screen.query_one(TextArea).text.startswith("Bonjour Marie [/b]Dupont")
        person.app.screen.query_one(TextArea).text = "Bonjour !"
        await person.press("escape")
        await person.at("FolderScreen")
        await person.says("What you wrote is kept")
        assert outbox.listing(office) == ()
        await person.press("a")
        await person.at("Answer")
        assert person.app.screen.query_one(TextArea).text == "Bonjour !"
        await save(person, "Confirm")
        await person.press("Y")
        await person.says("is queued as job")
        (effect,) = outbox.listing(office)
        assert effect.body["multipart"]["fields"] == {"message": "Bonjour !"}
        await person.until(lambda: "On its way" in person.seen())
        await person.press("a")
        await person.says("is being sent")
        await person.press("o")
        await person.at("OrderScreen")
        await person.press("e")
        await person.at("FolderScreen")
        await person.press("m")
        await person.at("Form")
        assert "Defective" in person.seen()
        await save(person, "ReturnScreen")
        (row,) = return_search.listing(office)
        assert (row.folder_id, row.order_id) == (FOLDER, phone.order_id)
        await person.press("e")
        await person.at("FolderScreen")
        await person.press("m")
        await person.at("ReturnScreen")


async def test_answer_that_the_channel_would_refuse_is_refused_in_the_dialog(office: Desk, phone: OrderRow) -> None:
    keep_folder(office, phone)
    async with driving(office) as person:
        await person.press("E")
        await person.at("FoldersScreen")
        await person.until(lambda: person.app.top.part(Table).current is not None)
        await person.press("t")
        await person.at("Notice")
        await person.until(lambda: "accepts no item transfer" in person.seen())
        await person.press("enter", "p")
        await person.at("Answer")
        person.app.screen.query_one("#kind", Choice).focus()
        await person.press("right", "right")
        await person.press("ctrl+s")
        await person.until(lambda: "needs a picture or document" in person.seen())
        await person.press("escape", "slash")
        await person.at("AskText")
        await person.press(*"state:lost", "enter")
        await person.until(lambda: "not a value of 'state:'" in person.seen())
    assert outbox.listing(office) == ()


async def test_returns_file_is_imported_after_a_preview(office: Desk, phone: OrderRow, tmp_path: Path) -> None:
    file = tmp_path / "rmas.csv"
    async with driving(office) as person:
        await person.press("M")
        await person.at("ReturnsScreen")
        for quantity, dialog in (("7", "Notice"), ("1", "Confirm")):
            file.write_text(f"order_id,quantity,reason\n{phone.order_id},{quantity},Other\n")
            await person.press("i")
            await person.at("AskText")
            person.app.screen.query_one(Input).value = str(file)
            await person.press("enter")
            await person.at(dialog)
            assert return_search.listing(office) == ()
            if dialog == "Notice":
                assert "Row 2, column quantity" in person.seen()
                await person.press("enter")
        await person.press("Y")
        await person.says("1 RMA is created.")
    assert [row.order_id for row in return_search.listing(office)] == [phone.order_id]


async def test_return_keys_on_a_read_only_desk_are_refused(office: Desk, phone: OrderRow) -> None:
    from dataclasses import replace

    returns.create(office, phone.order_id, ReturnRequest(reason="Other"))
    keep_folder(office, phone)
    async with driving(replace(office, read_only=True)) as person:
        await person.press("M")
        await person.at("ReturnsScreen")
        await person.until(lambda: person.app.top.part(Table).current is not None)
        for key in "vadrtcnlpfmi":
            await person.press(key)
            await person.says("read-only")
        await person.press("q", "E")
        await person.at("FoldersScreen")
        await person.until(lambda: person.app.top.part(Table).current is not None)
        for key in "apt":
            await person.press(key)
            await person.says("read-only")
