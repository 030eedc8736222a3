"""Invoices on the screens: the queue with its deadlines, a preview as text, and actions that jobs carry out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from driving import Driver, driving
from invoice_shop import SELLER
from pypdf import PdfReader

from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import jobs as invoice_jobs
from bmtui.desk.invoicing import search as invoice_search
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import search
from bmtui.store.models import Invoice, Job
from bmtui.tui.invoicing.settings import InvoiceSettingsScreen
from bmtui.tui.widgets.lines import Reader


@pytest.fixture
def counter(office: Desk) -> Desk:
    """Filled desk with everything that invoices need."""
    invoice_settings.change(office, None, "", SELLER)
    return office


def french(desk: Desk) -> int:
    return next(row.order.order_id for row in invoice_search.waiting(desk) if row.order.market == "fr-fr")


async def queue(person: Driver) -> None:
    await person.press("I")
    await person.at("QueueScreen")
    await person.until(lambda: "Shipped, no invoice provided" in person.seen())


async def at_order(person: Driver, desk: Desk, order_id: int) -> None:
    """Put the cursor of the queue on this order."""
    ids = [row.order.order_id for row in invoice_search.waiting(desk)]
    await person.press(*["j"] * ids.index(order_id))


async def test_invoice_queue_shows_the_deadline_of_each_order(counter: Desk) -> None:
    found = invoice_search.waiting(counter)
    async with driving(counter) as person:
        await queue(person)
        assert f"{len(found)} orders, due within 48 business hours" in person.seen()
        for row in found[:3]:
            assert str(row.order.order_id) in person.seen()
        late = abs(int(found[0].left.total_seconds() // 3600)) if found[0].left.total_seconds() < 0 else None
        assert late is None or "late " in person.seen()
        await person.press("o")
        await person.at("OrderScreen")


async def test_a_preview_takes_no_number_and_making_is_asked_for(counter: Desk) -> None:
    order_id = french(counter)
    async with driving(counter) as person:
        await queue(person)
        await at_order(person, counter, order_id)
        await person.press("enter")
        await person.at("InvoiceScreen")
        await person.until(lambda: "Preview of FR-" in person.seen())
        texts = person.app.screen.query_one(Reader).texts
        assert "Facture" in texts
        assert any("Régime particulier" in text for text in texts)
        await person.press("w")
        await person.says("make it first")
        await person.press("m")
        await person.at("Confirm")
        await person.press("enter")
        await person.at("InvoiceScreen")
        assert not Job.select().where(Job.type == "invoice").exists()
        await person.press("m")
        await person.at("Confirm")
        await person.press("Y")
        await person.says("makes the invoice")
    assert jobs.listing(counter, type_="invoice")[0].parameters == {"make": [order_id], "send": False}
    assert not Invoice.select().exists()


async def test_invoice_without_a_required_setting_opens_its_field(office: Desk) -> None:
    async with driving(office) as person:
        await queue(person)
        await person.press("enter")
        await person.at("InvoiceSettingsScreen")
        await person.says("seller_name")
        await person.until(lambda: "As registered" in person.seen())


async def test_a_made_invoice_is_shown_saved_and_sent(counter: Desk, tmp_path: Path) -> None:
    order_id = french(counter)
    made = invoicing.make(counter, order_id)
    async with driving(counter) as person:
        await queue(person)
        await at_order(person, counter, order_id)
        await person.until(lambda: made.number in person.seen())
        await person.press("m")
        await person.says("made already")
        await person.press("w")
        await person.at("AskText")
        await person.press("end", *["backspace"] * 10, *str(tmp_path / "out"), "enter")
        await person.until(lambda: "was there" in person.status or ".pdf" in person.status)
        (file,) = (tmp_path / "out").rglob("*.pdf")
        assert made.number in PdfReader(file).pages[0].extract_text()
        await person.press("s")
        await person.at("Confirm")
        assert made.number in person.seen()
        await person.press("Y")
        await person.says("sends the invoice")
        await person.press("s")
        await person.says("on its way")
    assert invoice_search.show(counter, made.number).upload == "planned"


async def test_waiting_invoices_are_all_made_by_one_job(counter: Desk) -> None:
    waiting = [row.order.order_id for row in invoice_search.waiting(counter)]
    async with driving(counter) as person:
        await queue(person)
        await person.press("a")
        await person.at("Confirm")
        assert f"{len(waiting)} invoices are made" in person.seen()
        await person.press("Y")
        await person.says(f"makes {len(waiting)} invoices")
    assert jobs.listing(counter, type_="invoice")[0].parameters["make"] == waiting


async def test_invoice_list_shows_the_made_invoices(counter: Desk) -> None:
    made = invoicing.make(counter, french(counter))
    async with driving(counter) as person:
        await queue(person)
        await person.press("l")
        await person.at("BookScreen")
        await person.until(lambda: made.number in person.seen())
        await person.press("enter")
        await person.at("InvoiceScreen")
        await person.until(lambda: "Channel specific" in person.seen())
        await person.press("q", "q")
        await person.at("QueueScreen")


async def test_the_invoice_of_an_order_opens_from_the_search(counter: Desk) -> None:
    order_id = french(counter)
    made = invoicing.make(counter, order_id)
    unpaid = search.page(counter, "channel:awaitingpayment").rows[0].order_id
    async with driving(counter) as person:
        await person.search(f"id:{order_id}")
        await person.press("i")
        await person.at("InvoiceScreen")
        await person.until(lambda: made.number in person.seen())
        await person.press("q")
        await person.at("SearchScreen")
        await person.press("enter", "4")
        await person.until(lambda: made.number in person.seen())
        await person.press("q")
        await person.at("SearchScreen")
        await person.search(f"id:{unpaid}")
        await person.press("i")
        await person.until(lambda: "is not paid" in person.seen())


async def test_invoice_keys_on_a_read_only_desk_make_nothing(counter: Desk) -> None:
    async with driving(replace(counter, read_only=True)) as person:
        await queue(person)
        for key in ("m", "s", "a", "S"):
            await person.press(key)
            await person.says("read-only")


async def test_settings_are_changed_for_one_market(counter: Desk) -> None:
    async with driving(counter) as person:
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.press("i")
        await person.at("InvoiceSettingsScreen")
        await person.until(lambda: "Refurb Example SARL" in person.seen())
        await person.press("l")
        await person.until(lambda: "fr-fr" in person.seen())
        await person.press("enter")
        await person.says("locked")
        await person.press("e", "j", "enter")
        await person.until(lambda: "1 changed" in person.seen())
        await person.press("l")
        await person.says("Save or discard")
        await person.press("ctrl+s")
        await person.at("Confirm")
        assert "VAT mode: margin → " in person.seen()
        await person.press("Y")
        await person.says("are saved")
        await person.press("e", "j", "enter")
        await person.at("AskText")
        await person.press("x", "enter", "ctrl+s")
        await person.until(lambda: "'x' is not a percentage" in person.seen())
    seen = {setting.key: setting for setting in invoice_settings.show(counter, None, "fr-fr").settings}
    assert seen["vat_mode"].origin == "market"
    assert invoice_settings.show(counter).settings[1].value == ""


async def test_invoice_setting_of_a_market_can_be_unset(counter: Desk) -> None:
    async with driving(counter) as person:
        await person.press("comma", "i")
        await person.at("InvoiceSettingsScreen")
        await person.until(lambda: "Refurb Example SARL" in person.seen())
        screen = person.app.screen
        assert isinstance(screen, InvoiceSettingsScreen)
        await person.press("e", "j", "enter")
        await person.until(lambda: "* regular" in person.seen())
        # Once around, and nothing has changed.
        await person.press(*["enter"] * 5)
        await person.until(lambda: screen._draft == {})
        await person.press("enter", "ctrl+s")
        await person.at("Confirm")
        await person.press("Y")
        await person.says("are saved")
        assert invoice_settings.show(counter).settings[1].value == "regular"
        await person.press("e", *["enter"] * 5)
        await person.until(lambda: "* what holds else" in person.seen())
        await person.press("ctrl+s")
        await person.at("Confirm")
        assert "VAT mode: regular → what holds else" in person.seen()
        await person.press("Y")
        await person.says("are saved")
    mode = invoice_settings.show(counter).settings[1]
    assert (mode.value, mode.origin) == ("", "default")


def test_marked_invoices_are_reviewed_before_they_are_queued(counter: Desk) -> None:
    from bmtui.tui.invoicing import acts

    order_id = french(counter)
    row = search.page(counter, f"id:{order_id}").rows[0]
    assert "makes an invoice of" in acts.make_each(counter, row, True)
    assert invoice_jobs.make(counter, [order_id])
