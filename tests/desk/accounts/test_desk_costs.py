"""Purchase costs: read from a file whole or not at all, dated, and looked up by device before SKU."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import dump, raw_line, raw_order, take_in
from statement_counter import file

from bmtui.desk.accounts import costs
from bmtui.desk.accounts.costs import CostBook
from bmtui.desk.core.context import Desk
from bmtui.errors import RuleRefused
from bmtui.money import Money
from bmtui.store.models import Company

HEAD = "imei;serial;sku;cost;currency;date;reference"
IMEI = "356938035643809"


@pytest.fixture
def sold(offline: Desk) -> Desk:
    take_in(
        offline,
        raw_order(
            1, [raw_line(10, 3, "100.00", "PHN", imei=IMEI), raw_line(11, 3, "50.00", "TAB", serial_number="S1X9")]
        ),
    )
    return offline


def bring_in(desk: Desk, folder: Path, *rows: str, stock: bool = False) -> int:
    return costs.save(desk, costs.preview(desk, file(folder, rows, "costs.csv", HEAD), stock=stock))


def test_the_cost_of_a_device_comes_before_that_of_its_sku(sold: Desk, tmp_path: Path) -> None:
    rows = [f"{IMEI};;;60,00;EUR;2026-10-01;", ";;PHN;55.00;EUR;2026-09-01;", ";;PHN;50.00;EUR;2026-10-15;"]
    assert bring_in(sold, tmp_path, *rows) == 3
    book = CostBook(Company.get().id)
    assert book.of("2026-11-01", imei=IMEI, sku="PHN") == Money(6000, "EUR")
    assert book.of("2026-10-14", sku="PHN") == Money(5500, "EUR")
    assert book.of("2026-10-15", sku="PHN") == Money(5000, "EUR")
    assert book.of("2026-08-31", sku="PHN") is None
    assert book.of("2026-08-31", imei=IMEI) == Money(6000, "EUR")


def test_the_newest_row_of_a_day_counts_and_the_older_one_stays(sold: Desk, tmp_path: Path) -> None:
    bring_in(sold, tmp_path, f"{IMEI};;;60.00;EUR;2026-10-01;A")
    assert bring_in(sold, tmp_path, f"{IMEI};;;61.00;EUR;2026-10-01;B") == 1
    assert bring_in(sold, tmp_path, f"{IMEI};;;61.00;EUR;2026-10-01;B") == 0
    assert CostBook(Company.get().id).of("2026-11-01", imei=IMEI) == Money(6100, "EUR")
    assert [view.cost.decimal for view in costs.listing(sold)] == ["61.00", "60.00"]


def test_rows_that_another_person_stored_meanwhile_are_not_stored_twice(sold: Desk, tmp_path: Path) -> None:
    seen = costs.preview(sold, file(tmp_path, [f"{IMEI};;;60.00;EUR;2026-10-01;A"], "costs.csv", HEAD))
    assert [costs.save(sold, seen), costs.save(sold, seen)] == [1, 0]
    assert len(costs.listing(sold)) == 1


def test_shipped_pieces_without_a_cost_are_listed(sold: Desk, tmp_path: Path) -> None:
    assert [row.sku for row in costs.without_cost(sold)] == ["PHN", "TAB"]
    bring_in(sold, tmp_path, ";S1X9;;20.00;EUR;;")
    assert [(row.sku, row.imei) for row in costs.without_cost(sold)] == [("PHN", IMEI)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"{IMEI[:-1]}1;;;60.00;EUR;;", "Row 2, imei"),
        (f"{IMEI};;;1.000;EUR;;", "Row 2, cost"),
        (f"{IMEI};;;60.00;Euro;;", "Row 2, currency"),
        (f"{IMEI};;PHN;60.00;EUR;;", "Row 2 names more than one"),
        (";;;60.00;EUR;;", "Row 2 names none"),
        (";;NOPE;60.00;EUR;;", "Row 2: sku NOPE was not sold here"),
        (f"{IMEI};;;60.00;EUR;01/10/2026;", "Row 2, date"),
    ],
)
def test_costs_file_with_a_wrong_row_names_it_and_stores_nothing(
    sold: Desk, tmp_path: Path, row: str, said: str
) -> None:
    before = dump(sold)
    with pytest.raises(RuleRefused) as refused:
        bring_in(sold, tmp_path, row, f"{IMEI};;;60.00;EUR;2026-10-01;")
    assert said in str(refused.value)
    assert dump(sold) == before


def test_the_cost_of_a_device_in_stock_is_taken_when_asked(sold: Desk, tmp_path: Path) -> None:
    assert bring_in(sold, tmp_path, ";;NOPE;60.00;EUR;;", stock=True) == 1
