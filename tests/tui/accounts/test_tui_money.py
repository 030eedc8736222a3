"""Money figures on a screen, and billing statements imported by keys."""

from __future__ import annotations

from pathlib import Path

from driving import Driver, driving

from bmtui.desk.accounts import costs, figures, statements
from bmtui.desk.accounts.vat_return import VatReport
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.orders import search
from bmtui.tui.accounts.returns_screen import TaxReturnScreen, WithoutCostScreen
from bmtui.tui.widgets.locale_format import LOCAL

HEAD = "invoice_key,value_date,sku,order_id,designation,amount,currency"


async def test_the_figures_are_shown_and_follow_their_span_of_days(office: Desk) -> None:
    month = figures.report(office)
    async with driving(office) as person:
        await person.open_list("dollar_sign", "MoneyScreen", "Paid to shipped")
        total = month.totals[0]
        assert f"{total.currency} {total.orders:,} {LOCAL.amount(total.revenue)}" in person.words
        shown = f"{month.first} to {month.last}"
        assert shown in person.words
        await person.press("m")
        await person.until(lambda: shown not in person.words)


async def test_billing_statement_is_imported_by_keys_and_unexplained_rows_open(office: Desk, tmp_path: Path) -> None:
    order = search.page(office, "channel:shipped payment:charged currency:EUR").rows[0]
    path = tmp_path / "s.csv"
    row = f"BM-1,2026-11-05,,{order.order_id},refund,-1.23,EUR"
    path.write_text(f"{HEAD}\n{row}\n", encoding="utf-8")
    async with driving(office) as person:
        await person.open_list("dollar_sign", "MoneyScreen", "Paid to shipped")
        await person.press("i")
        await person.at("AskPath")
        await person.press(*str(path), "enter")
        await person.at("Confirm")
        assert "1 of 1 row is new" in person.words
        await person.press("Y")
        await person.until(lambda: len(statements.sums(office)) == 1)
        await person.at("MoneyScreen")
        await person.settled()
        await person.press("enter")
        await person.at("StatementRowsScreen")
        await person.until(lambda: "Refund not known here" in person.seen())
        await person.press("enter")
        await person.at("OrderScreen")


def month(person: Driver) -> str:
    """Return the period of the VAT return that is shown, or ""."""
    screen = person.app.screen
    return screen.report.period if isinstance(screen, TaxReturnScreen) and isinstance(screen.report, VatReport) else ""


def current_sku(person: Driver) -> str:
    """Return the SKU under the cursor of the lines without a cost, or ""."""
    screen = person.app.screen
    return screen.current.sku if isinstance(screen, WithoutCostScreen) and screen.current is not None else ""


async def test_tax_returns_are_shown_and_written_to_files(office: Desk, tmp_path: Path) -> None:
    invoice_settings.change(office, None, "", {"seller_country": "FR"})
    async with driving(office) as person:
        await person.open_list("dollar_sign", "MoneyScreen", "Paid to shipped")
        await person.press("v")
        await person.at("TaxReturnScreen")
        await person.until(lambda: "VAT by country, scheme and rate" in person.words)
        this_month = month(person)
        await person.press("p")
        await person.until(lambda: month(person) < this_month)
        await person.press("n", "m")
        await person.until(lambda: "Supplies from FR, by country and rate" in person.words)
        for name in ("oss.pdf", "oss.csv"):
            await person.press("w")
            await person.at("AskPath")
            await person.press(*str(tmp_path / name), "enter")
            await person.at("TaxReturnScreen")
    assert (tmp_path / "oss.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "oss.csv").read_text(encoding="utf-8").startswith("part,quarter,country")


async def test_purchase_costs_are_imported_and_skus_without_costs_listed(office: Desk, tmp_path: Path) -> None:
    newest = costs.without_cost(office, 1)[0]
    path = tmp_path / "costs.csv"
    path.write_text(f"sku,cost,currency\n{newest.sku},12.00,{newest.price.currency}\n", encoding="utf-8")
    async with driving(office) as person:
        await person.open_list("dollar_sign", "MoneyScreen", "Paid to shipped")
        await person.press("z")
        await person.at("WithoutCostScreen")
        await person.until(lambda: current_sku(person) == newest.sku)
        await person.press("enter")
        await person.at("OrderScreen")
        await person.press("q")
        await person.at("WithoutCostScreen")
        await person.press("c")
        await person.at("AskPath")
        await person.press(*str(path), "enter")
        await person.at("Confirm")
        await person.until(lambda: "1 purchase costs of Shop are new" in person.words)
        await person.press("Y")
        await person.says("1 purchase costs are stored")
        await person.until(lambda: current_sku(person) != newest.sku)
    assert all(line.sku != newest.sku for line in costs.without_cost(office))
