"""Accounts of two companies with orders of the same numbers: files, days, declarations and proofs stay apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from helpers import COMPANY, add_company, order_of, take_in
from statement_counter import HEAD, bring_in, file, phone, problems, row, sold
from tax_counter import at

from bmtui.desk.accounts import costs, figures, margin, periods, settings, statement_import, statements, vat_return
from bmtui.desk.core.context import Desk
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import NotFound
from bmtui.store.models import Refund, TaxPeriod

OTHER = "Other"
TODAY = date(2027, 4, 1)
NOVEMBER, DECEMBER = (periods.read(name, TODAY) for name in ("2026-11", "2026-12"))


@pytest.fixture
def both(offline: Desk) -> tuple[Desk, Desk]:
    """Desks of two companies; the first has order 1 in euro, the other one in pounds."""
    add_company(offline, OTHER)
    take_in(offline, phone(1))
    take_in(offline, phone(1) | {"currency": "GBP"}, company=OTHER)
    return offline.of_company(COMPANY), offline.of_company(OTHER)


def test_statement_is_checked_against_the_orders_and_rows_of_its_own_company(
    both: tuple[Desk, Desk], tmp_path: Path
) -> None:
    mine, other = both
    first = bring_in(mine, file(tmp_path, sold(1)))
    assert (first.added, problems(first)) == (3, [])
    pounds = [line.replace("EUR", "GBP") for line in sold(1)]
    assert bring_in(other, file(tmp_path, pounds, "pounds.csv")).added == 3
    same = [row(9, "sale", "1.00")]
    assert [bring_in(desk, file(tmp_path, same, "same.csv")).added for desk in both] == [1, 1]


def test_statement_file_of_another_company_is_not_there(both: tuple[Desk, Desk], tmp_path: Path) -> None:
    mine, other = both
    kept = bring_in(mine, file(tmp_path, sold(1))).file_id
    assert kept is not None
    assert statements.content_of(mine, kept).decode().startswith(HEAD)
    with pytest.raises(NotFound, match=f"no statement file {kept}"):
        statements.content_of(other, kept)
    assert statements.content_of(replace(other, company=None), kept)


def test_payments_of_an_order_that_another_company_has_too_are_its_own(both: tuple[Desk, Desk]) -> None:
    mine, _ = both
    refunds.issue(at(mine, "2026-12-05"), 1, RefundRequest("issue_refund"))
    found = {desk.company: vat_return.report(desk, NOVEMBER) for desk in both}
    assert {name: [str(proof.received) for proof in report.proofs] for name, report in found.items()} == {
        COMPANY: ["105.00 EUR"], OTHER: ["105.00 GBP"],
    }  # fmt: skip
    assert {name: [one.reason for one in report.differences] for name, report in found.items()} == {
        COMPANY: ["Payment or document in another period"], OTHER: ["No invoice"],
    }  # fmt: skip


def test_refund_that_was_not_made_is_no_payment(both: tuple[Desk, Desk]) -> None:
    mine, _ = both
    refunds.issue(at(mine, "2026-11-20"), 1, RefundRequest("issue_refund"))
    (before,) = vat_return.report(mine, NOVEMBER).proofs
    assert before.refunded.decimal == "105.00"
    Refund.update(state="withdrawn").execute()
    (after,) = vat_return.report(mine, NOVEMBER).proofs
    assert (after.refunded.decimal, after.payments.decimal) == ("0.00", "105.00")


def test_declaration_of_one_company_is_none_of_another(both: tuple[Desk, Desk]) -> None:
    mine, other = (at(desk, "2027-01-02") for desk in both)
    for desk in both:
        settings.change(desk, {"margin_rate": "20", "margin_method": "global"})
    margin.declare(mine, NOVEMBER)
    assert [margin.report(desk, NOVEMBER).declared for desk in (mine, other)] == [True, False]
    TaxPeriod.update(carried={"EUR": -4500}).execute()
    carried = [[total.carried_in.decimal for total in margin.report(desk, DECEMBER).totals] for desk in (mine, other)]
    assert carried == [["-45.00"], []]
    assert margin.declare(other, NOVEMBER).declared
    assert margin.declare(mine, DECEMBER).declared


def figure_day(desk: Desk, folder: Path) -> object:
    return figures.read(desk).last == date(2026, 12, 1)


def cost_day(desk: Desk, folder: Path) -> object:
    (found,) = costs.preview(desk, file(folder, ["PHN;60;EUR;today"], "costs.csv", "sku;cost;currency;date")).rows
    return found.since == "2026-12-01"


def statement_day(desk: Desk, folder: Path) -> object:
    _, found = statement_import.preview(desk, file(folder, [row(1, "sale", "1.00", day="today")]))
    return found.lines[0].day == "2026-12-01"


def declared_day(desk: Desk, folder: Path) -> object:
    settings.change(desk, {"margin_rate": "20"})
    return margin.declare(desk, NOVEMBER).declared


@pytest.mark.parametrize("act", [figure_day, cost_day, statement_day, declared_day])
def test_day_of_the_accounts_begins_at_midnight_of_the_company(
    offline: Desk, tmp_path: Path, act: Callable[[Desk, Path], object]
) -> None:
    add_company(offline, OTHER, time_zone="Asia/Tokyo")
    take_in(offline, phone(1), company=OTHER)
    assert order_of(1).company.name == OTHER
    # In Tokyo it is four in the morning of 1 December.
    evening = datetime(2026, 11, 30, 19, tzinfo=UTC)
    assert act(replace(offline, now=lambda: evening).of_company(OTHER), tmp_path)
