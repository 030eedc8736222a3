"""VAT of a period and OSS of a quarter: groups, sums that prove them, and corrections."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from helpers import take_in
from pypdf import PdfReader
from statement_counter import file
from tax_counter import at, cable, give_back, invoice, phones

from bmtui.desk.accounts import oss, periods, rates, return_files, vat_return
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.errors import RuleRefused
from bmtui.money import Money
from bmtui.store.models import Operator

TODAY = date(2027, 4, 1)
NOVEMBER, Q4, Q1 = (periods.read(name, TODAY) for name in ("2026-11", "2026-Q4", "2027-Q1"))


@pytest.fixture
def shop(offline: Desk) -> Desk:
    """Desk with a phone under the margin scheme, and cables to France, Germany (two) and Sweden."""
    phones(offline, "100.00", vat_mode="mixed", sku_rules="ACC*=regular")
    take_in(
        offline,
        cable(2, "12.00", "FR", "fr-fr"),
        cable(3, "11.90", "DE", "de-de"),
        cable(4, "125.00", "SE", "sv-se", currency="SEK"),
        cable(5, "23.80", "DE", "de-de"),
    )
    invoice(offline, "2026-11-21", 1, 2, 3, 4)
    return offline


def take_rates(desk: Desk, path: str) -> int:
    return rates.save(desk, rates.preview(desk, path))


def test_vat_groups_are_by_country_scheme_and_rate(shop: Desk) -> None:
    give_back(shop, "2026-11-28", 2, "6.00")
    found = vat_return.report(shop, NOVEMBER)
    assert [
        (group.country, group.scheme, group.rate, str(group.net), group.tax.decimal, group.gross.decimal)
        for group in found.groups
    ] == [
        ("DE", "regular", "19", "10.00 EUR", "1.90", "11.90"),
        ("FR", "margin", "0", "105.00 EUR", "0.00", "105.00"),
        ("FR", "regular", "20", "5.00 EUR", "1.00", "6.00"),
        ("SE", "regular", "25", "100.00 SEK", "25.00", "125.00"),
    ]


def test_supply_is_to_the_country_of_the_buyer_whatever_the_market(offline: Desk) -> None:
    phones(offline, vat_mode="regular")
    take_in(offline, cable(2, "12.10", "BE", "fr-fr"))
    invoice(offline, "2026-11-21", 2)
    assert [group.country for group in vat_return.report(offline, NOVEMBER).groups] == ["BE"]
    assert [group.country for group in oss.report(offline, Q4).groups] == ["BE"]


def test_supply_whose_tax_the_marketplace_collects_is_not_in_the_oss_return(offline: Desk) -> None:
    phones(offline, vat_mode="marketplace")
    take_in(offline, cable(2, "11.90", "DE", "de-de"))
    invoice(offline, "2026-11-21", 2)
    assert [group.scheme for group in vat_return.report(offline, NOVEMBER).groups] == ["marketplace"]
    assert oss.report(offline, Q4).groups == ()


def test_rate_of_a_day_without_one_is_the_nearest_before_it_or_after_it(shop: Desk, tmp_path: Path) -> None:
    days = ("2026-12-28,2,10", "2026-12-30,4,20", "2027-01-04,8,40", "2027-01-05,16,80")
    take_rates(at(shop, "2027-01-06"), file(tmp_path, days, "rates.csv", "Date,USD,SEK"))
    last = date(2026, 12, 31)
    assert [rates.on("SEK", last), rates.on("SEK", last, after=True)] == [Decimal(20), Decimal(40)]
    dollars = Money(800, "USD")
    assert rates.converted(dollars, "SEK", last) == Money(4000, "SEK")
    assert rates.converted(dollars, "SEK", last, after=True) == Money(4000, "SEK")
    take_rates(at(shop, "2027-01-06"), file(tmp_path, ["2027-01-04,8,80"], "new.csv", "Date,USD,SEK"))
    assert rates.converted(dollars, "SEK", last, after=True) == Money(8000, "SEK")


def test_only_an_admin_stores_rates_of_exchange(shop: Desk, tmp_path: Path) -> None:
    seen = rates.preview(shop, file(tmp_path, ["2026-12-30,1.05,11"], "rates.csv", "Date,USD,SEK"))
    row = {"account": "x", "may_refund": True, "changed_at": shop.now(), "changed_by": "x"}
    Operator.create(**row, uid=shop.uid, role="operator")
    with pytest.raises(RuleRefused, match="Only an admin"):
        rates.save(shop, seen)
    assert rates.on("SEK", date(2026, 12, 30)) is None


def test_documents_of_a_period_equal_the_payments_or_each_order_says_why_not(shop: Desk) -> None:
    give_back(shop, "2026-12-02", 2, "6.00")
    found = vat_return.report(shop, NOVEMBER)
    euros, crowns = found.proofs
    assert (euros.ledger.decimal, euros.payments.decimal, euros.difference.decimal) == ("128.90", "152.70", "-23.80")
    assert (crowns.ledger, crowns.difference.minor) == (crowns.payments, 0)
    assert [(one.order_id, one.difference.decimal, one.reason) for one in found.differences] == [
        (5, "-23.80", "No invoice")
    ]


def test_payments_count_from_the_first_to_the_last_midnight_of_the_company(shop: Desk) -> None:
    # In Paris it is midnight at 23:00 UTC.
    moments = {6: "2026-11-30T22:59:59", 7: "2026-11-30T23:00:00", 8: "2026-12-31T22:59:59", 9: "2026-12-31T23:00:00"}
    for number, moment in moments.items():
        take_in(shop, cable(number, "119.00", "DE", "de-de", date_payment=f"{moment}Z", date_creation=f"{moment}Z"))
    december = vat_return.report(shop, periods.read("2026-12", TODAY))
    assert {one.order_id for one in december.differences} == {7, 8}
    assert [proof.received.decimal for proof in december.proofs] == ["238.00"]


def test_supplies_to_other_countries_are_in_euro_by_the_rate_of_the_last_day(shop: Desk, tmp_path: Path) -> None:
    with pytest.raises(RuleRefused, match="SEK on 2026-12-31"):
        oss.report(shop, Q4)
    path = file(tmp_path, ["2027-01-04,1.05,12.5", "2026-12-30,1.05,11"], "rates.csv", "Date,USD,SEK")
    assert take_rates(at(shop, "2027-01-05"), path) == 4
    found = oss.report(shop, Q4)
    # None on 31 December: that of the next day which has one.
    assert [(group.country, group.rate, group.net.decimal, group.tax.decimal) for group in found.groups] == [
        ("DE", "19", "10.00", "1.90"),
        ("SE", "25", "8.00", "2.00"),
    ]
    assert str(found.tax) == "3.90 EUR"


def test_rates_that_are_here_with_another_value_are_counted_before_they_are_stored(shop: Desk, tmp_path: Path) -> None:
    head = "Date,USD,SEK"
    take_rates(shop, file(tmp_path, ["2026-12-30,1.05,11"], "rates.csv", head))
    seen = rates.preview(shop, file(tmp_path, ["2026-12-31,1.06,12", "2026-12-30,1.05,11.5"], "later.csv", head))
    assert (len(seen.rates), seen.changed) == (4, 1)
    assert seen.notes[0] == "2 rows with the columns date, USD, SEK."
    assert rates.on("SEK", date(2026, 12, 30)) == Decimal("11")
    rates.save(shop, seen)
    assert rates.on("SEK", date(2026, 12, 30)) == Decimal("11.5")


def test_a_credit_note_of_a_later_quarter_corrects_the_earlier_one(shop: Desk, tmp_path: Path) -> None:
    path = file(tmp_path, ["2026-12-31,SEK,12.5"], "rates.csv", "date,currency,rate")
    take_rates(at(shop, "2027-01-05"), path)
    before = oss.report(shop, Q4)
    invoice(shop, "2027-01-07", 5)
    give_back(shop, "2027-01-08", 3, "5.95")
    give_back(shop, "2027-01-09", 4, currency="SEK")
    assert oss.report(shop, Q4) == before
    found = oss.report(at(shop, "2027-04-01"), Q1)
    assert [(group.country, group.tax.decimal) for group in found.groups] == [("DE", "3.80")]
    assert [(one.quarter, one.country, one.net.decimal, one.tax.decimal) for one in found.corrections] == [
        ("2026-Q4", "DE", "-5.00", "-0.95"),
        ("2026-Q4", "SE", "-8.00", "-2.00"),
    ]
    assert str(found.tax) == "0.85 EUR"


def test_sales_to_a_business_or_at_home_are_not_in_the_oss_return(shop: Desk, tmp_path: Path) -> None:
    take_rates(at(shop, "2027-01-05"), file(tmp_path, ["2026-12-31,SEK,12.5"], "rates.csv", "date,currency,rate"))
    before = oss.report(shop, Q4)
    assert {group.country for group in before.groups} == {"DE", "SE"}
    take_in(shop, cable(6, "119.00", "DE", "de-de"))
    issue.make(at(shop, "2026-11-22"), 6, buyer_vat_id="DE136695976")
    assert oss.report(shop, Q4) == before
    take_in(shop, cable(7, "119.00", "DE", "de-de"))
    invoice(shop, "2026-11-22", 7)
    assert oss.report(shop, Q4).tax.minor == before.tax.minor + 1900


def test_documents_of_the_first_and_the_last_day_belong_to_the_period(shop: Desk) -> None:
    days = {6: "2026-12-31", 7: "2027-01-01", 8: "2027-03-31", 9: "2027-04-01"}
    for number, day in days.items():
        take_in(shop, cable(number, "119.00", "DE", "de-de"))
        invoice(shop, day, number)
    desk = at(shop, "2027-04-02")
    found = oss.report(desk, Q1)
    assert [(group.documents, group.tax.decimal) for group in found.groups] == [(2, "38.00")]
    assert found.corrections == ()
    assert [(group.documents, group.tax.decimal) for group in vat_return.report(desk, Q1).groups] == [(2, "38.00")]
    assert oss.report(desk, periods.read("2027-Q2", TODAY)).tax.decimal == "19.00"


def test_a_seller_outside_of_the_eu_has_no_oss(shop: Desk) -> None:
    invoice_settings.change(shop, None, "", {"seller_country": "GB"})
    with pytest.raises(RuleRefused, match="GB, which is not in the EU"):
        oss.report(shop, Q4)


def test_vat_return_pdf_has_the_figures_of_the_report(shop: Desk, tmp_path: Path) -> None:
    path = tmp_path / "vat.pdf"
    return_files.write_vat(vat_return.report(shop, NOVEMBER), path, datetime(2026, 12, 1, tzinfo=UTC))
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(path.read_bytes())).pages)
    flat = " ".join(text.split())
    assert "net 10.00 EUR · tax 1.90 EUR · gross 11.90 EUR" in flat
    assert "invoices 128.90 EUR − credit notes 0.00 EUR = 128.90 EUR" in flat
    assert "price 100.00 EUR − cost not known · margin 100.00 EUR · tax 16.67 EUR" in flat
    assert "Order 5" in flat
    assert "No invoice" in flat
    assert "accountant" in flat


def test_vat_return_csv_has_the_sums_that_prove_it(shop: Desk, tmp_path: Path) -> None:
    give_back(shop, "2026-11-28", 2, "6.00")
    path = tmp_path / "vat.csv"
    size = return_files.write_vat_csv(vat_return.report(shop, NOVEMBER), path)
    assert size == path.stat().st_size
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    parts = {part: [row for row in rows if row["part"] == part] for part in {row["part"] for row in rows}}
    assert {part: len(found) for part, found in parts.items()} == {
        "group": 4, "margin": 1, "piece": 2, "proof": 2, "difference": 1,
    }  # fmt: skip
    for proof in parts["proof"]:
        mine = [row for row in rows if row["currency"] == proof["currency"]]
        of_groups = sum(Decimal(row["gross"]) for row in mine if row["part"] == "group")
        named = sum(Decimal(row["difference"]) for row in mine if row["part"] == "difference")
        assert Decimal(proof["invoices"]) - Decimal(proof["credit_notes"]) == Decimal(proof["ledger"]) == of_groups
        assert Decimal(proof["received"]) - Decimal(proof["refunded"]) == Decimal(proof["payments"])
        assert Decimal(proof["ledger"]) - Decimal(proof["payments"]) == Decimal(proof["difference"]) == named
    (difference,) = parts["difference"]
    # Order 5 was paid, and has no invoice.
    assert [difference[name] for name in ("ledger", "payments", "difference")] == ["0.00", "23.80", "-23.80"]
    (margin,) = parts["margin"]
    assert sum(Decimal(row["tax"]) for row in parts["piece"]) == Decimal(margin["tax"])


def test_the_oss_return_is_read_back_from_its_pdf_and_its_csv(shop: Desk, tmp_path: Path) -> None:
    rates_file = file(tmp_path, ["2026-12-31,SEK,12.5"], "rates.csv", "date,currency,rate")
    take_rates(at(shop, "2027-01-05"), rates_file)
    give_back(shop, "2027-01-08", 3, "5.95")
    found = oss.report(at(shop, "2027-04-01"), Q4)
    pdf, table = tmp_path / "oss.pdf", tmp_path / "oss.csv"
    return_files.write_oss(found, pdf, datetime(2027, 1, 20, tzinfo=UTC))
    return_files.write_oss_csv(found, table)
    flat = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.read_bytes())).pages).split())
    assert "SE 25 % net 8.00 EUR · tax 2.00 EUR · 125.00 SEK gross" in flat
    assert "invoices 125.00 SEK − credit notes 0.00 SEK = 125.00 SEK" in flat
    assert "net 100.00 SEK + tax 25.00 SEK = 125.00 SEK" in flat
    assert "Tax to pay 3.90 EUR" in flat
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [(row["part"], row["country"], row["tax"], row["ledger"], row["currency"]) for row in rows] == [
        ("group", "DE", "1.90", "", "EUR"),
        ("group", "SE", "2.00", "", "EUR"),
        ("proof", "", "1.90", "11.90", "EUR"),
        ("proof", "", "25.00", "125.00", "SEK"),
        ("to pay", "", "3.90", "", "EUR"),
    ]
    later = oss.report(at(shop, "2027-04-01"), Q1)
    return_files.write_oss(later, tmp_path / "later.pdf", datetime(2027, 4, 1, tzinfo=UTC))
    read = PdfReader(io.BytesIO((tmp_path / "later.pdf").read_bytes()))
    assert "2026-Q4 DE" in " ".join(read.pages[0].extract_text().split())


@pytest.mark.parametrize("text", ["2026-13", "Q4", "November", "", "2026-Q5"])
def test_text_that_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(Exception, match=r"period|missing"):
        periods.read(text, TODAY)


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("text", "name", "first", "last"),
    [
        ("2026-11", "2026-11", "2026-11-01", "2026-11-30"),
        ("last-month", "2027-03", "2027-03-01", "2027-03-31"),
        ("2026q4", "2026-Q4", "2026-10-01", "2026-12-31"),
        ("2027-Q1", "2027-Q1", "2027-01-01", "2027-03-31"),
        (" 2028 ", "2028", "2028-01-01", "2028-12-31"),
        ("2028-02", "2028-02", "2028-02-01", "2028-02-29"),
    ],
)
def test_period_begins_and_ends_with_its_months(text: str, name: str, first: str, last: str) -> None:
    found = periods.read(text, TODAY)
    assert (found.name, found.begin, found.end) == (name, first, last)
    assert periods.named(name) == found
