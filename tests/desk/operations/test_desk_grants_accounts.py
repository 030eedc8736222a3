"""The accounts on PostgreSQL with roles: an operator imports statements and costs; a viewer sees the figures."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from grants_case import connected, listed, refused, roles
from helpers import raw_line, raw_order, take_in

from bmtui.desk.accounts import costs, figure_counts, figures, statement_import, statements
from bmtui.desk.core.context import Desk
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.money import Money
from bmtui.words import Role

pytestmark = pytest.mark.postgres_only
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
HEAD = "invoice_key,value_date,sku,order_id,designation,amount,currency"


def file(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_operator_imports_statements_and_costs_but_declares_no_tax(guarded: tuple[Desk, Desk], tmp_path: Path) -> None:
    ann, _ = guarded
    rows = f"{HEAD}\nBM-1,2026-11-05,ONE,1,sale,100.00,EUR\nBM-1,2026-11-05,ONE,1,commission,-10.00,EUR\n"
    with connected(ann):
        _, contents = statement_import.preview(ann, file(tmp_path, "s.csv", rows))
        assert statement_import.save(ann, contents).unexplained == ()
        assert statements.sums(ann)[0].amount == Money(-1000, "EUR")
        seen = costs.preview(ann, file(tmp_path, "c.csv", "sku,cost,currency\nONE,60.00,EUR\n"))
        assert costs.save(ann, seen) == 1
        refunds.issue(ann, 1, RefundRequest("issue_refund", amount=Money(500, "EUR")))
        totals = figures.report(ann, *NOVEMBER).totals
        refused(ann, "UPDATE statement_rows SET amount = 0")
        refused(ann, "DELETE FROM statement_files")
        refused(ann, "INSERT INTO tax_periods VALUES (1, 1, '2026-11', 'per_piece', '{}', 0, 'ann')")
    assert [(row.fees.minor, row.refunds.minor) for row in totals] == [(1000, 500)]


def test_a_viewer_sees_the_figures_without_keeping_them(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 3, "100.00", "ONE")]))
    with roles(offline, "viewer") as (name,):
        eve, _ = listed(offline, 1009, name, Role.VIEWER)
        with connected(eve):
            assert figures.report(eve, *NOVEMBER).totals[0].orders == 1
            assert not figure_counts.may_keep(eve)
