"""Words for the keys that Back Market writes into after-sales folders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from helpers import raw_folder, raw_line, raw_order, take_in
from pypdf import PdfReader

from bmtui.channel.care import CareIssue, CareLine
from bmtui.channel.uploads import PROBLEM_TYPES
from bmtui.desk.after_sales import folder_store, folder_words, folders, replies
from bmtui.desk.core.context import Desk
from bmtui.desk.overview import evidence
from bmtui.sandbox.after_sales.folders import _ISSUES
from bmtui.tui.after_sales.document import document

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CASE = {
    "issues": [{"customerIssue": "BATTERY_NOT_CHARGING", "tag": "TECHNICAL"}, {"customerIssue": "NEW_KEY", "tag": ""}],
    "resolution_choice": "REPLACE",
    "declared_warranty_state": "IN_WARRANTY",
    "return_labels": [{"state": "ALIVE", "label": "https://labels.example/1.pdf"}],
}
KEYS = ("BATTERY_NOT_CHARGING", "TECHNICAL", "REPLACE", "IN_WARRANTY", "ALIVE")


@pytest.fixture
def kept(offline: Desk) -> Desk:
    """A desk with an order and a folder about it."""
    take_in(offline, raw_order(1, [raw_line(11)]))
    raw = raw_folder(100000417, 1, 11, "PHN", "Hi", date_creation=NOW.isoformat(), lines=[{"id": 9, **CASE}])
    with offline.store.transaction():
        assert folder_store.keep(offline, offline.company_row().id, 100000417, raw) == ""
    return offline


def test_case_is_told_in_words_and_an_unknown_key_as_it_came() -> None:
    issues = (CareIssue(customer_issue="BATTERY_NOT_CHARGING", tag="TECHNICAL"), CareIssue(customer_issue="NEW_KEY"))
    line = CareLine(issues=issues, resolution="REPLACE", warranty="WATER_OR_DROPPED")
    assert folder_words.case(line) == (
        "battery not charging (technical), NEW_KEY · wants a replacement · declared wet or dropped"
    )
    assert folder_words.case(CareLine(line_id=1)) == ""


def test_author_of_a_message_is_named_and_an_unknown_one_as_it_came() -> None:
    names = [folder_words.author(who) for who in ("Merchant", "Client", "BackMarket", "Robot", "")]
    assert names == ["You", "Customer", "Back Market", "Robot", "Somebody"]


def test_keys_of_the_practice_marketplace_and_of_reports_have_words() -> None:
    known = {key for issue in _ISSUES for key in issue} | set(PROBLEM_TYPES)
    assert not [key for key in known if folder_words.in_words(key) == key]


def test_search_for_the_words_of_an_issue_finds_the_folder(kept: Desk) -> None:
    (row,) = folders.listing(kept)
    words = folder_words.issue_in_words(row.issue)
    assert words == "battery not charging, NEW_KEY"
    assert [found.folder_id for found in folders.listing(kept, words.partition(",")[0])] == [100000417]


def test_folder_on_the_screen_shows_words(kept: Desk) -> None:
    lines = document(folders.show(kept, 100000417), UTC, NOW + timedelta(hours=1), 100)
    text = "\n".join("".join(piece for piece, _ in line) for line in lines)
    assert not [key for key in KEYS if key in text]
    assert "can be used https://labels.example/1.pdf" in text


def test_report_of_a_problem_names_it_in_words() -> None:
    assert replies.problem(100000417, "WRONG_ITEM").about == "Problem in folder 100000417: wrong item"


def test_evidence_prints_words_and_its_data_keep_the_keys(kept: Desk, tmp_path: Path) -> None:
    evidence.write(kept, 1, tmp_path / "pack.pdf")
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "pack.pdf").pages)
    assert "Customer" in text
    assert "Client" not in text
    assert evidence.collect(kept, 1)["messages"][0]["initiator"] == "Client"
