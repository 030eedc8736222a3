"""Removal of personal data from every column: all text columns are filled, and searched afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from helpers import add_company, dump
from marked_rows import MAIL, NOT_OF_A_BUYER, fill, left, marker, texts
from peewee import TextField

from bmtui.desk.core import personal_data
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import privacy
from bmtui.store.models import (
    TABLES,
    Company,
    Order,
)


@pytest.fixture
def marked(offline: Desk) -> Desk:
    """A desk long after an order ended that has a marker in every text column which can be about its buyer."""
    with offline.store.transaction():
        fill()
    return replace(offline, now=lambda: datetime(2027, 6, 1, tzinfo=UTC))


def expected_to_go() -> set[str]:
    mail = marker(Order._meta.fields["customer_email"])
    return {marker(field) for model in TABLES if model not in NOT_OF_A_BUYER for field in texts(model)} - {mail}


def test_markers_fill_every_text_column_of_a_buyer_before_the_purge(marked: Desk) -> None:
    assert left(marked) == expected_to_go()
    assert len(expected_to_go()) > 40


def test_text_columns_keep_no_marker_after_a_purge(marked: Desk) -> None:
    assert privacy.purge(marked, 90).orders == 1
    assert left(marked) == set()


def test_text_columns_keep_no_marker_after_a_buyer_is_erased(marked: Desk) -> None:
    assert privacy.erase(marked, MAIL).orders == (1,)
    assert left(marked) == set()


def test_purge_of_one_company_leaves_all_of_another_as_it_was(marked: Desk) -> None:
    add_company(marked, "Other")
    before = dump(marked)
    privacy.purge(marked.of_company("Other"), 90)
    assert dump(marked) == before


def test_purge_plan_counts_the_removed_data_and_0_afterwards(marked: Desk) -> None:
    plan = privacy.plan(marked, 90)
    assert (plan.orders, plan.logs, plan.folders) == (1, 1, 1)
    privacy.purge(marked, 90)
    again = privacy.plan(marked, 90)
    assert (again.orders, again.raw, again.logs, again.folders) == (0, 0, 0, 0)


@pytest.mark.sqlite_only  # a server's files are not ours
@pytest.mark.parametrize("way", ["purge", "erase"])
def test_files_of_the_store_keep_no_marker_after_a_purge(marked: Desk, way: str) -> None:
    privacy.purge(marked, 90) if way == "purge" else privacy.erase(marked, MAIL)
    files = [path for path in marked.settings.data.rglob("*") if path.is_file()]
    assert files
    assert [path.name for path in files if b"quux" in path.read_bytes().lower()] == []


def test_columns_listed_as_kept_exist() -> None:
    for model, names in personal_data.KEPT.items():
        columns = {field.name for field in model._meta.sorted_fields if isinstance(field, TextField)}
        assert names <= columns, model.__name__
    assert Company in personal_data.OURS
