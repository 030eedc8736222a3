"""View of an order beyond its columns: US amounts, and the states of its identifiers on the channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from helpers import line_of, order_of, raw_line, raw_order, take_in

from bmtui.cli import documents
from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.core.context import Desk
from bmtui.desk.overview import order as overview
from bmtui.desk.overview.views import NoteView
from bmtui.money import Money
from bmtui.store.models import Unit
from bmtui.words import UploadState

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
IMEI = "356938035643809"


def test_us_tax_amounts_are_stored_and_shown(offline: Desk) -> None:
    lines = [raw_line(1, currency="USD")]
    take_in(offline, raw_order(1, lines, currency="USD", sales_taxes="12.30", sales_dp_adjustment="-4.20"))
    view = overview.show(offline, 1)
    assert (view.sales_taxes, view.sales_dp_adjustment) == (Money(1230, "USD"), Money(-420, "USD"))
    document = documents.to_json(view)
    assert (document["sales_taxes"], document["sales_dp_adjustment"]) == ("12.30", "-4.20")


def test_us_tax_amounts_given_only_by_line_are_added_up(offline: Desk) -> None:
    lines = [raw_line(line_id, sales_taxes="1.50", sales_dp_adjustment="0.25") for line_id in (1, 2)]
    take_in(offline, raw_order(1, lines))
    view = overview.show(offline, 1)
    assert (view.sales_taxes, view.sales_dp_adjustment) == (Money(300, "EUR"), Money(50, "EUR"))


def test_us_tax_amounts_of_0_are_not_shown(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(1, sales_taxes="0.00")], sales_taxes="0.00"))
    view = overview.show(offline, 1)
    assert (view.sales_taxes, view.sales_dp_adjustment) == (None, None)


@pytest.mark.parametrize(
    ("states", "shown"),
    [
        ((), ""),
        ((UploadState.KEPT,), "kept_here"),
        ((UploadState.WAITING,), "waiting"),
        ((UploadState.SENDING,), "waiting"),
        ((UploadState.UNKNOWN,), "unknown"),
        ((UploadState.NOT_APPLIED,), "not_applied"),
        ((UploadState.KEPT, UploadState.NOT_APPLIED), "not_applied"),
        ((UploadState.WITHDRAWN,), ""),
    ],
)
def test_identifier_of_a_line_shows_its_state_on_the_channel(
    offline: Desk, states: tuple[UploadState, ...], shown: str
) -> None:
    take_in(offline, raw_order(1, [raw_line(1, quantity=max(len(states), 1))]))
    row = order_of(1)
    for number, state in enumerate(states, start=1):
        Unit.create(
            order=row, line=line_of(1), number=number, imei=IMEI, serial_number="", state=state, error="",
            reason="", made_at=offline.now(), made_by="test",
        )  # fmt: skip
    (line,) = overview.show(offline, 1).lines
    assert line.identifier_state == shown


def test_identifier_shown_by_the_channel_counts_as_registered(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(1, imei=IMEI)]))
    assert documents.to_json(overview.show(offline, 1))["lines"][0]["identifier_state"] == "registered"


def test_order_shows_its_own_jobs_and_no_others(offline: Desk) -> None:
    take_in(offline, *(raw_order(number, [raw_line(number * 10, 1)], state=1) for number in (1, 2)))
    job_id = acceptance.accept(offline, 1).job_id
    assert [job_id in [job.job_id for job in overview.show(offline, number).jobs] for number in (1, 2)] == [True, False]


def test_note_names_its_author_and_who_imported_it(offline: Desk) -> None:
    note = NoteView(NOW, "ann(1000)", "Hello")
    assert (note.who, replace(note, author="Bob").who) == ("ann(1000)", "Bob, imported by ann(1000)")
