"""Empty lists and finished work: the desk says what comes next, when and how much."""

from __future__ import annotations

from dataclasses import replace

from driving import driving

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.orders import search, ship_by
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.returns import rma as returns
from bmtui.store.models import Job, Order
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.table import Table


async def test_empty_queue_of_the_day_names_the_next_and_escape_restores_the_sort(office: Desk) -> None:
    first = search.page(office, "shipby:today,later", sort="shipby", descending=False).rows[0]
    Order.update(ship_by=None).where(Order.ship_by < office.now()).execute()
    office = replace(office, now=lambda: first.created_at)
    due = ship_by.next_due(office)
    assert due is not None
    async with driving(office) as person:
        await person.until(lambda: person.home.shows(""))
        await person.press("s")
        await person.until(lambda: person.home.sort == "shipby")
        await person.press("s")
        await person.until(lambda: person.home.sort == "updated")
        await person.press("d")
        await person.until(lambda: person.home.shows("shipby:due"))
        if person.home.table.count == 0:
            assert f"next is order {due.order_id}" in person.seen()
        await person.press("escape")
        await person.until(lambda: person.home.shows(""))
        assert (person.home.sort, person.home.descending) == ("updated", True)


async def test_invoice_settings_are_of_the_company_in_view_or_asked_for(office: Desk) -> None:
    companies.add(
        office, "Other", platform="na", contact="a@b.example", token="other-token-1", url="http://127.0.0.1:9/"
    )
    async with driving(office) as person:
        await person.open_list("I", "QueueScreen", "Shipped, no invoice")
        await person.press("i")
        await person.at("InvoiceSettingsScreen")
        await person.until(lambda: "Invoices of Shop" in person.seen())
        await person.press("q", "q")
        await person.at("SearchScreen")
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.until(lambda: "Allow Order Download" in person.seen())
        await person.press("l")
        shown = "Other" if "Other" in person.app.screen.company_name else "Shop"  # type: ignore[attr-defined]
        await person.press("i")
        await person.at("InvoiceSettingsScreen")
        await person.until(lambda: f"Invoices of {shown}" in person.seen())


async def test_invoice_without_a_seller_leads_to_the_field_that_is_missing(office: Desk) -> None:
    invoice_settings.change(office, "Shop", "", {"seller_address": ""})
    async with driving(office) as person:
        await person.open_list("I", "QueueScreen", "Shipped, no invoice")
        await person.press("m")
        await person.at("InvoiceSettingsScreen")
        await person.until(lambda: "seller_" in person.status)
        table = person.app.screen.query_one(Table)
        assert table.current is not None
        assert table.current.name.startswith("seller_")


async def test_rma_of_a_refunded_order_shows_day_and_amount_of_the_refund(office: Desk) -> None:
    row = search.page(office, "channel:shipped payment:charged currency:EUR", limit=1).rows[0]
    issued = refunds.issue(office, row.order_id, refunds.RefundRequest(operation="issue_refund"))
    when = f"{LOCAL.amount(issued.plan.total)} on {issued.plan.date} (refund #{issued.refund_ids[0]})"
    assert returns.refunded(office, row.order_id) == when
    assert when in (refunds.options(office, row.order_id).why_not or "")
    async with driving(office) as person:
        await person.search(f"id:{row.order_id}")
        await person.press("m")
        await person.at("Form")
        assert f"Refunded already: {when}" in person.words


async def test_job_that_waits_for_back_market_says_so_in_its_status(office: Desk) -> None:
    job = Job.select().order_by(Job.id.desc()).first()
    Job.update(status="submitted", cursor={"waits_since": office.now().isoformat()}).where(Job.id == job.id).execute()
    async with driving(office) as person:
        await person.open_list("J", "JobsScreen", "newest first")
        await person.until(lambda: "Waits" in person.seen())
