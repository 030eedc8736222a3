"""The tax of the margin: per piece and period, and corrections of what was declared."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from helpers import add_company, line_of, order_of, raw_line
from invoice_shop import open_shop, sold
from statement_counter import file
from tax_counter import IMEIS, at, cost, give_back, invoice, phones

from bmtui.desk.accounts import margin, periods, rates, settings
from bmtui.desk.accounts.margin import MarginReport
from bmtui.desk.core.context import Desk
from bmtui.errors import RuleRefused
from bmtui.store.models import Company, Order, OrderLine, Unit

NOVEMBER, DECEMBER = (periods.read(name, date(2027, 1, 9)) for name in ("2026-11", "2026-12"))


def rows(report: MarginReport) -> list[tuple[int, str, str, str, str, bool]]:
    """Return order, price, cost, margin and tax of each piece, and True for a correction."""
    return [
        (
            *(piece.order_id, piece.price.decimal, piece.cost.decimal if piece.cost else "–"),
            *(piece.margin.decimal, piece.tax.decimal, piece.correction),
        )
        for piece in report.pieces
    ]


@pytest.fixture
def shop(offline: Desk, tmp_path: Path) -> Desk:
    """Desk with two invoiced phones, a gain and a loss; the shipping charges are part of the margin."""
    phones(offline, "100.00", "80.00")
    cost(offline, tmp_path, f"{IMEIS[0]};;60.00;EUR;2026-10-01", f"{IMEIS[1]};;90.00;EUR;2026-10-01")
    invoice(offline, "2026-11-21", 1, 2)
    return offline


def test_loss_on_a_piece_does_not_lower_the_margin_tax_of_others(shop: Desk) -> None:
    report = margin.report(shop, NOVEMBER)
    assert rows(report) == [
        (1, "100.00", "60.00", "40.00", "6.67", False),
        (1, "5.00", "0.00", "5.00", "0.83", False),
        (2, "80.00", "90.00", "0.00", "0.00", False),
        (2, "5.00", "0.00", "5.00", "0.83", False),
    ]
    assert [(piece.sku, piece.device) for piece in report.pieces] == [
        *(("PHN", IMEIS[0]), ("shipping", "")),
        *(("PHN", IMEIS[1]), ("shipping", "")),
    ]
    (total,) = report.totals
    assert (total.price.decimal, total.margin.decimal, total.tax.decimal) == ("190.00", "50.00", "8.33")
    assert (report.rate, report.method, report.without_cost) == ("20", "per_piece", 0)


def test_losses_are_set_off_and_carried_where_the_seller_opts_for_it(offline: Desk, tmp_path: Path) -> None:
    phones(offline, "100.00", "80.00")
    settings.change(offline, {"margin_method": "global"})
    cost(offline, tmp_path, f"{IMEIS[0]};;150.00;EUR;2026-10-01", f"{IMEIS[1]};;30.00;EUR;2026-10-01")
    invoice(offline, "2026-11-21", 1)
    invoice(offline, "2026-12-02", 2)
    (november,) = margin.declare(at(offline, "2026-12-03"), NOVEMBER).totals
    assert (november.margin.decimal, november.tax.decimal, november.carried_out.decimal) == ("-45.00", "0.00", "-45.00")
    (december,) = margin.report(offline, DECEMBER).totals
    # 80 + 5 − 30 − 45 carried in.
    assert (december.carried_in.decimal, december.tax.decimal, december.carried_out.decimal) == (
        "-45.00",
        "1.67",
        "0.00",
    )


def test_loss_is_carried_from_the_last_declared_period_alone(offline: Desk, tmp_path: Path) -> None:
    phones(offline, "100.00", "80.00", "90.00")
    settings.change(offline, {"margin_method": "global"})
    bought = (
        f"{imei};;{price};EUR;2026-10-01" for imei, price in zip(IMEIS, ("150.00", "70.00", "50.00"), strict=True)
    )
    cost(offline, tmp_path, *bought)
    for day, order_id in (("2026-11-21", 1), ("2026-12-02", 2), ("2027-01-02", 3)):
        invoice(offline, day, order_id)
    margin.declare(at(offline, "2026-12-03"), NOVEMBER)
    (december,) = margin.declare(at(offline, "2027-01-03"), DECEMBER).totals
    # −45 carried in + 80 + 5 − 70.
    assert (december.carried_in.decimal, december.carried_out.decimal) == ("-45.00", "-30.00")
    (january,) = margin.report(at(offline, "2027-02-01"), periods.read("2027-01", date(2027, 2, 1))).totals
    assert (january.carried_in.decimal, january.tax.decimal) == ("-30.00", "2.50")


def test_a_piece_without_a_cost_is_taxed_whole_and_cannot_be_declared(offline: Desk) -> None:
    phones(offline, "100.00")
    invoice(offline, "2026-11-21", 1)
    report = margin.report(offline, NOVEMBER)
    assert rows(report)[0] == (1, "100.00", "–", "100.00", "16.67", False)
    assert report.without_cost == 1
    with pytest.raises(RuleRefused, match="2026-11: 1 piece has no purchase cost"):
        margin.declare(at(offline, "2026-12-03"), NOVEMBER)


def test_cost_in_another_currency_is_converted_by_the_rate_of_the_day_of_the_invoice_or_before(
    offline: Desk, tmp_path: Path
) -> None:
    phones(offline, "100.00")
    cost(offline, tmp_path, f"{IMEIS[0]};;60.00;USD;2026-10-01")
    invoice(offline, "2026-11-21", 1)
    assert margin.report(offline, NOVEMBER).without_cost == 1
    path = file(tmp_path, ["2026-11-20,1.2", "2026-11-22,1.5"], "rates.csv", "date,USD")
    rates.save(offline, rates.preview(offline, path))
    assert rows(margin.report(offline, NOVEMBER))[0][2:4] == ("50.00", "50.00")


def test_a_credit_note_of_the_same_period_lowers_the_piece(shop: Desk) -> None:
    give_back(shop, "2026-11-25", 1, "10.00")
    assert rows(margin.report(shop, NOVEMBER))[0][:5] == (1, "90.48", "60.00", "30.48", "5.08")


def test_margin_changes_after_the_declaration_are_corrections_of_the_next_period(shop: Desk, tmp_path: Path) -> None:
    declared = margin.declare(at(shop, "2026-12-01"), NOVEMBER)
    assert declared.declared
    give_back(shop, "2026-12-05", 1)
    cost(shop, tmp_path, f"{IMEIS[1]};;70.00;EUR;2026-10-01")
    assert rows(margin.report(shop, NOVEMBER)) == rows(declared)
    assert rows(margin.report(shop, DECEMBER)) == [
        (1, "-100.00", "-60.00", "-40.00", "-6.67", True),
        (1, "-5.00", "0.00", "-5.00", "-0.83", True),
        (2, "0.00", "-20.00", "10.00", "1.67", True),
    ]
    margin.declare(at(shop, "2027-01-02"), DECEMBER)
    assert rows(margin.report(shop, periods.read("2027-01", date(2027, 1, 9)))) == []


def test_a_period_is_declared_once_and_only_when_it_is_over(shop: Desk) -> None:
    with pytest.raises(RuleRefused, match="2026-11 is not over"):
        margin.declare(at(shop, "2026-11-30"), NOVEMBER)
    margin.declare(at(shop, "2026-12-01"), NOVEMBER)
    for name in ("2026-11", "2026-10", "2026-Q4"):
        with pytest.raises(RuleRefused, match="2026-11 was declared already"):
            margin.declare(at(shop, "2027-02-01"), periods.read(name, date(2027, 2, 1)))


def test_pieces_of_a_line_have_the_costs_of_the_devices_that_were_packed_for_it(offline: Desk, tmp_path: Path) -> None:
    pair = raw_line(10, 3, "200.00", "PHN", quantity=2, product="Phone")
    open_shop(offline, sold(1, pair, shipping_price="0.00"))
    add_company(offline, "Other")
    theirs = Company.get(Company.name == "Other")
    mine, other = order_of(1), Order.get().__data__ | {"id": 2, "company": theirs.id}
    Order.insert(other).execute()
    line = line_of(10)
    OrderLine.insert(line.__data__ | {"id": line.id + 1, "order": 2}).execute()
    packed = {"serial_number": "", "made_at": offline.now(), "made_by": "x"}
    for order, row, number, imei, state in (
        *((mine.id, line.id, 1, IMEIS[0], "kept"), (mine.id, line.id, 2, IMEIS[1], "kept")),
        # Another company has a line of this number.
        *((2, line.id + 1, 1, IMEIS[2], "kept"), (2, line.id + 1, 2, IMEIS[2], "kept")),
    ):
        Unit.create(order=order, line=row, number=number, imei=imei, state=state, **packed)
    shop = offline.of_company("Shop")
    cost(shop, tmp_path, f"{IMEIS[0]};;60.00;EUR;2026-10-01", f"{IMEIS[1]};;90.00;EUR;2026-10-01")
    invoice(shop, "2026-11-21", 1)
    assert [row[1:3] for row in rows(margin.report(shop, NOVEMBER))] == [("100.00", "60.00"), ("100.00", "90.00")]
    # What goes back is of the last piece first.
    give_back(shop, "2026-11-25", 1, "30.00")
    assert [row[1:3] for row in rows(margin.report(shop, NOVEMBER))] == [("100.00", "60.00"), ("70.00", "90.00")]
    for state in ("withdrawn", "not_applied", "failed"):
        Unit.update(state=state).where((Unit.line == line) & (Unit.number == 2)).execute()
        assert [row[1:3] for row in rows(margin.report(shop, NOVEMBER))] == [("100.00", "60.00"), ("70.00", "–")]
