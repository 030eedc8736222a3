"""After-sales inbox: waiting times of customers in business hours; templates (API §9, order-desk §9)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from helpers import raw_line, raw_order, take_in

from bmtui.channel.care import read_folder
from bmtui.desk.after_sales import folder_store, folders
from bmtui.desk.after_sales import templates as reply_templates
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.errors import ConfigError, NotFound

FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
ORDER = 5001


def message(number: int, initiator: str, hours: float, text: str = "Hi", **more: Any) -> dict[str, Any]:
    at = (FRIDAY + timedelta(hours=hours)).isoformat()
    return {"id": number, "initiator": initiator, "date_creation": at, "message": f"<p>{text}</p>", **more}


def folder(folder_id: int, *messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": folder_id,
        "state": 0,
        "country_code": "fr-fr",
        "date_creation": FRIDAY.isoformat(),
        "date_modification": FRIDAY.isoformat(),
        "client": {"first_name": "Marie", "last_name": "[/b]\x1b[31mDupont"},
        "orderline": {"id": 1, "snapshot": {"sku": "PHN"}, "order": {"order_id": ORDER, "currency": "EUR"}},
        "lines": [{"id": 9, "issues": [{"customerIssue": "BATTERY", "tag": "TECHNICAL"}]}],
        "messages": list(messages),
        **more,
    }


def keep(desk: Desk, *raws: dict[str, Any]) -> None:
    with desk.store.transaction():
        for raw in raws:
            assert folder_store.keep(desk, desk.company_row().id, raw["id"], raw) == ""


@pytest.fixture
def monday(offline: Desk) -> Desk:
    """A desk on Monday noon in UTC, three days after `FRIDAY`."""
    return replace(offline, now=lambda: FRIDAY + timedelta(days=3))


@pytest.mark.parametrize(
    ("messages", "since"),
    [
        ([("Client", 0)], 0),
        ([("Client", 0), ("Client", 2)], 0),
        ([("Client", 0), ("Merchant", 1)], None),
        ([("Client", 0), ("Merchant", 1), ("Client", 2), ("Client", 3)], 2),
        ([("Client", 0), ("BackMarket", 1)], 0),
        ([("Merchant", 1), ("Client", 0)], None),
        ([], 0),
        ([("BackMarket", 4)], 0),
    ],
)
def test_waiting_time_of_a_folder_begins_with_the_first_unanswered_message(
    messages: list[tuple[str, float]], since: float | None
) -> None:
    raw = folder(1, *(message(number, *one) for number, one in enumerate(messages)))
    found = folder_store.waiting_since(read_folder(raw))
    assert found == (None if since is None else FRIDAY + timedelta(hours=since))
    assert folder_store.waiting_since(read_folder(raw | {"state": 9})) is None


def test_informative_message_of_the_seller_is_no_answer() -> None:
    raw = folder(1, message(1, "Client", 0), message(2, "Merchant", 1, is_informative=True))
    assert folder_store.waiting_since(read_folder(raw)) == FRIDAY


def test_open_folders_are_listed_once_in_twenty_hours_and_after_the_clock_was_set_back(monday: Desk) -> None:
    company_id = monday.company_row().id
    assert folder_store.sweep_is_due(monday, company_id)
    folder_store.move(monday, company_id, None, False)
    assert folder_store.sweep_is_due(monday, company_id)
    folder_store.move(monday, company_id, None, True)
    due, clock = [], [monday.now()]
    for hours in (-1, 0, 19.9, 20, 20.1):
        clock[0] = monday.now() + timedelta(hours=hours)
        due.append(folder_store.sweep_is_due(replace(monday, now=lambda: clock[0]), company_id))
    assert due == [True, False, False, True, True]


def test_folder_ages_are_business_hours_and_the_oldest_comes_first(monday: Desk) -> None:
    keep(
        monday,
        folder(1, message(1, "Client", 24)),  # Saturday
        folder(2, message(2, "Client", 0)),  # Friday noon
        folder(3, message(3, "Client", 0), message(4, "Merchant", 1)),
        folder(4, message(5, "Client", 0), state=9),
        folder(5, message(6, "Client", -15), country_code="ja-jp"),
    )
    rows = folders.listing(monday)
    # In Tokyo Monday is a holiday: who has waited for longest by the clock comes second.
    assert [row.folder_id for row in rows] == [2, 5, 1, 3]
    hours = {row.folder_id: row.age and row.age.total_seconds() / 3600 for row in rows}
    # Paris: Friday from 13:00 to midnight, and Monday to 13:00.
    assert hours == {2: 24.0, 5: 18.0, 1: 13.0, 3: None}
    assert [row.folder_id for row in folders.listing(monday, "state:closed")] == [4]
    assert len(folders.listing(monday, "state:all")) == 5


def test_folder_is_late_when_it_misses_the_answer_target(monday: Desk) -> None:
    keep(monday, folder(1, message(1, "Client", -1)), folder(2, message(2, "Client", 1)))
    assert [row.late for row in folders.listing(monday)] == [True, False]
    assert [row.folder_id for row in folders.listing(monday, "show:late")] == [1]
    assert [row.folder_id for row in folders.listing(monday, "show:waiting")] == [1, 2]
    companies.change(monday, None, {"answer_within_h": "12"})
    assert [row.late for row in folders.listing(monday)] == [True, True]
    (first, _) = folders.listing(monday, "show:waiting")
    assert first.due_at is not None
    assert first.due_at.astimezone(UTC) == FRIDAY + timedelta(hours=11)


def test_folder_list_filters_work_and_folders_link_to_orders(monday: Desk) -> None:
    take_in(monday, raw_order(ORDER, [raw_line(1)]))
    keep(monday, folder(7, message(1, "Client", 0)), folder(8, message(2, "Client", 0), country_code="de-de"))
    for query, ids in {
        "market:de-de": [8],
        f"order:{ORDER}": [7, 8],
        "line:1 market:fr-fr": [7],
        "dupont": [7, 8],
        "battery": [7, 8],
        "7": [7],
        "PHN": [7, 8],
        "nobody": [],
        "company:Shop": [7, 8],
    }.items():
        assert sorted(row.folder_id for row in folders.listing(monday, query)) == ids, query
    for wrong in ("colour:red", "state:lost", "show:me", "order:x", "market:"):
        with pytest.raises(ConfigError):
            folders.listing(monday, wrong)
    row = folders.show(monday, 7).row
    assert (row.order_id, row.order_here, row.line_id, row.customer) == (ORDER, True, 1, "Marie [/b][31mDupont")
    assert [one.folder_id for one in folders.of_order(monday, "Shop", ORDER)] == [8, 7]
    with pytest.raises(NotFound):
        folders.show(monday, 99)


def test_hostile_messages_are_plain_text(monday: Desk) -> None:
    evil = "<script>x()</script>Esc\x1b[2J \u202eand <b>bold</b>\x07"
    keep(monday, folder(1, message(1, "Client", 0, evil)))
    (shown,) = folders.show(monday, 1).messages
    assert shown.text == "Esc[2J and bold"


def test_example_folder_of_the_contract_is_read(monday: Desk) -> None:
    messages = [message(1, "Client", 0), message(2, "Merchant", 1)]
    raw = folder(100000417, *messages, lines=[{"id": 1, "return_labels": [{"state": "ALIVE", "label": "https://x/y"}]}])
    keep(monday, json.loads(json.dumps(raw)))
    view = folders.show(monday, 100000417)
    assert [label.url for label in view.labels] == ["https://x/y"]
    assert (view.row.waiting_since, view.language) == (None, "fr")


# Templates


def test_a_template_is_filled_in_the_customers_language(monday: Desk) -> None:
    keep(monday, folder(1, message(1, "Client", 0)), folder(2, country_code="sk-sk"))
    text = reply_templates.filled(monday, folders.show(monday, 1).row, "received")
    assert text.startswith("Bonjour Marie [/b][31mDupont,")
    assert str(ORDER) in text
    # A language without templates gets the English ones.
    assert reply_templates.filled(monday, folders.show(monday, 2).row, "Received").startswith("Dear ")
    assert reply_templates.filled(monday, folders.show(monday, 2).row, "Received", "de").startswith("Guten Tag")
    with pytest.raises(NotFound, match="Send it back"):
        reply_templates.filled(monday, folders.show(monday, 1).row, "nothing")


def test_templates_are_edited_in_the_config_folder(monday: Desk, tmp_path: Path) -> None:
    place = reply_templates.write_file(monday)
    assert place.stat().st_mode & 0o777 == 0o600
    elsewhere = replace(monday, settings=replace(monday.settings, config=tmp_path / "a" / "b"))
    assert reply_templates.write_file(elsewhere).parent.stat().st_mode & 0o777 == 0o700
    assert all(one.own for one in reply_templates.listing(monday))
    with pytest.raises(ConfigError, match="exists already"):
        reply_templates.write_file(monday)
    keep(monday, folder(1, message(1, "Client", 0)))
    place.write_text('[fr]\n"Mine" = "{customer} {order}{{x}}"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"unknown word \{x\}"):
        reply_templates.listing(monday)
    place.write_text('[fr]\n"Mine" = "{customer} {order}"\n', encoding="utf-8")
    assert reply_templates.filled(monday, folders.show(monday, 1).row, "mine") == f"Marie [/b][31mDupont {ORDER}"
    assert [one.name for one in reply_templates.offered(monday, "de")] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[fr\n", "not valid TOML"),
        ("mine = 'x'\n", "'mine' is not a language"),
        ("[french]\na = 'x'\n", "'french' is not a language"),
        ("[fr]\na = 1\n", "'a' of \\[fr\\] is not a text"),
        ("[fr]\na = '{price}'\n", r"unknown word \{price\}"),
    ],
)
def test_template_file_with_an_error_names_the_place(monday: Desk, text: str, says: str) -> None:
    place: Path = reply_templates.path(monday)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=says):
        reply_templates.listing(monday)


def test_the_built_in_templates_can_be_read() -> None:
    from bmtui.desk.after_sales.templates import BUILT_IN, _parsed

    found = _parsed(BUILT_IN, "here", own=False)
    assert {one.language for one in found} >= {"en", "fr", "de", "es", "it", "nl", "pt", "sv"}
    assert all(one.text and one.name for one in found)
