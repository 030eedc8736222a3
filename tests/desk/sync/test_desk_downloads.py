"""Download Orders from Channel: rights to start it, and its start date."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from helpers import add_company

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.sync import download as downloads
from bmtui.errors import ConfigError, NotFound, RuleRefused

NOW = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
"""Time when it is the 24th already in Paris."""


@pytest.fixture
def today(offline: Desk) -> Desk:
    return replace(offline, now=lambda: NOW)


@pytest.mark.parametrize(
    ("since", "begin"),
    [
        ("2026-11-24", "2026-11-23T23:00"),
        ("2026-07-01", "2026-06-30T22:00"),
        ("2026-10-25", "2026-10-24T22:00"),
        ("0d", "2026-11-23T23:00"),
        ("30d", "2026-10-24T22:00"),
        (" 7d ", "2026-11-16T23:00"),
        ("2026-11-01T08:00", "2026-11-01T07:00"),
        ("2026-11-01T08:00+09:00", "2026-10-31T23:00"),
    ],
)
def test_start_date_of_a_download_is_in_the_zone_of_the_company(today: Desk, since: str, begin: str) -> None:
    expected = datetime.fromisoformat(begin).replace(tzinfo=UTC)
    assert downloads.start_of(today, None, since) == expected
    view = jobs.show(today, downloads.start(today, None, since))
    assert datetime.fromisoformat(view.parameters["since"]) == expected


@pytest.mark.parametrize("since", ["", "soon", "2026-02-30", "24.11.2026", "99999d", "0001-01-01", "-3d", "7"])
def test_download_with_an_invalid_start_date_is_refused(today: Desk, since: str) -> None:
    with pytest.raises(ConfigError, match="The Start Date"):
        downloads.start(today, None, since)
    assert jobs.listing(today) == ()


@pytest.mark.parametrize("since", ["2026-11-25", "2026-11-24T00:31", "9999-12-30"])
def test_a_date_in_the_future_is_refused(today: Desk, since: str) -> None:
    with pytest.raises(ConfigError, match="future"):
        downloads.start(today, None, since)


def test_download_that_is_turned_off_says_how_to_turn_it_on(today: Desk) -> None:
    companies.change(today, None, {"allow_order_download": "false"})
    with pytest.raises(RuleRefused, match="Allow Order Download is off") as caught:
        downloads.start(today, None, "7d")
    assert "allow_order_download=true" in caught.value.advice
    assert jobs.listing(today) == ()


def test_same_start_date_in_two_notations_is_one_download(today: Desk) -> None:
    one = downloads.start(today, None, "2026-11-17")
    assert downloads.start(today, None, "7d") == one
    assert downloads.start(today, None, "2026-11-16T23:00Z") == one
    assert downloads.start(today, None, "8d") != one
    add_company(today, "Other")
    assert downloads.start(today, "Other", "7d") != one


def test_a_desk_that_may_not_write_or_has_no_company_starts_none(today: Desk, desk: Desk) -> None:
    with pytest.raises(RuleRefused, match="read-only"):
        downloads.start(replace(today, read_only=True), None, "7d")
    with pytest.raises(NotFound):
        downloads.start(today, "Nobody", "7d")


def test_download_with_a_missing_token_is_refused_before_it_is_queued(today: Desk) -> None:
    for file in today.settings.credentials.iterdir():
        file.unlink()
    with pytest.raises(ConfigError, match="token"):
        downloads.start(today, None, "7d")
    assert jobs.listing(today) == ()
