"""The figures on a screen, and billing statements imported by keys."""

from __future__ import annotations

from pathlib import Path

from driving import driving

from bmtui.desk.accounts import figures, statements
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
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


async def test_a_statement_is_imported_and_what_is_not_explained_is_opened(office: Desk, tmp_path: Path) -> None:
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
        assert "1 of 1 rows are new" in person.words
        await person.press("Y")
        await person.until(lambda: len(statements.sums(office)) == 1)
        await person.at("MoneyScreen")
        await person.settled()
        await person.press("enter")
        await person.at("StatementRowsScreen")
        await person.until(lambda: "Refund not known here" in person.seen())
        await person.press("enter")
        await person.at("OrderScreen")
