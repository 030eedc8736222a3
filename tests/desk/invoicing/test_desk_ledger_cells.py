"""Ledger of invoices: a spreadsheet runs no cell of it as a formula."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest
from invoice_shop import ADDRESS, NOW, open_shop, sold

from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import files
from bmtui.desk.invoicing import issue as invoicing
from bmtui.invoices.model import from_json
from bmtui.store.models import Invoice


@pytest.mark.parametrize("first", ["=", "+", "-", "@"])
def test_name_of_a_buyer_that_begins_like_a_formula_is_quoted_in_the_ledger(offline: Desk, first: str) -> None:
    hostile = ADDRESS | {"first_name": f"{first}SUM(A1)"}
    shop = open_shop(offline, sold(1, shipping_address=hostile, billing_address=hostile))
    invoicing.make(replace(shop, now=lambda: NOW), 1)
    assert from_json(Invoice.get().document).buyer.name.startswith(f"{first}SUM(A1)")
    _, cells = csv.reader(files.ledger(Invoice.select()).splitlines())
    assert any(cell.startswith(f"'{first}SUM(A1)") for cell in cells)
    # Amounts stay numbers.
    assert "105.00" in cells
