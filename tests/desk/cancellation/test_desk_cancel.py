"""Cancel Order Internally, notes, and what an operator sees of jobs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from helpers import add_company, dump, order_of, raw_line, raw_order, take_in

from bmtui.cli import json_schemas
from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.desk.sync import download as downloads
from bmtui.errors import ConfigError, EditConflict, NotFound, NotRead, RuleRefused, ValueRefused
from bmtui.queue import jobs as queue
from bmtui.store.models import Audit, Effect, Job, Note

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
def counter(offline: Desk) -> Desk:
    take_in(
        offline,
        raw_order(1, [raw_line(1, 2)], state=3, expected_dispatch_date="2026-11-23T14:00:00+01:00"),
        raw_order(2, [raw_line(2, 3)]),
        raw_order(3, [raw_line(3, 3), raw_line(4, 2)], state=3),
    )
    return replace(offline, now=lambda: NOW)


@pytest.mark.parametrize("status", internal_cancel.STATUSES)
def test_an_unshipped_order_gets_its_new_status_and_nothing_is_sent(counter: Desk, status: str) -> None:
    internal_cancel.cancel_internally(counter, 1, status, "The buyer rang.")
    assert order_of(1).status == status
    assert order_of(1).channel_status == "to_ship"
    assert [note.text for note in Note.select()] == ["The buyer rang."]
    assert not Effect.select().exists()
    last = overview.show(counter, 1).history[-1]
    assert last.action == "order.cancelled_internally"
    assert last.actor == counter.actor
    assert "Nothing was sent" in last.summary


@pytest.mark.parametrize("order_id", [2, 3])
def test_shipped_order_cannot_be_cancelled_internally(counter: Desk, order_id: int) -> None:
    before = dump(counter)
    with pytest.raises(RuleRefused, match="only an unshipped order"):
        internal_cancel.cancel_internally(counter, order_id, "cancelled")
    assert internal_cancel.preview(counter, order_id).why_not
    assert dump(counter) == before


@pytest.mark.parametrize(
    ("status", "note", "refused"),
    [
        ("on_hold", " ", RuleRefused),
        ("problem_order", "", RuleRefused),
        ("on_hold", "\x1b\x07", NotRead),
        ("cancelled", "x" * 4001, RuleRefused),
        ("completed", "x", ConfigError),
        ("gone", "x", ConfigError),
    ],
)
def test_status_without_its_required_reason_changes_nothing(
    counter: Desk, status: str, note: str, refused: type[Exception]
) -> None:
    before = dump(counter)
    with pytest.raises(refused):
        internal_cancel.cancel_internally(counter, 1, status, note)
    assert dump(counter) == before


def test_internal_cancellation_happens_once_and_a_stale_view_changes_nothing(counter: Desk) -> None:
    version = internal_cancel.preview(counter, 1).version
    internal_cancel.cancel_internally(counter, 1, "cancelled", version=version)
    with pytest.raises(RuleRefused, match="already"):
        internal_cancel.cancel_internally(counter, 1, "cancelled")
    with pytest.raises(EditConflict):
        internal_cancel.cancel_internally(counter, 1, "void", version=version)
    with pytest.raises(NotFound):
        internal_cancel.cancel_internally(counter, 9, "void")
    with pytest.raises(RuleRefused, match="read-only"):
        internal_cancel.cancel_internally(replace(counter, read_only=True), 1, "void")
    assert (order_of(1).status, order_of(1).version) == ("cancelled", version + 1)


def test_cancel_dialog_shows_the_state_on_the_channel(counter: Desk) -> None:
    assert (
        internal_cancel.preview(counter, 1).channel_belief
        == "Back Market still expects this order to ship by 14:00 today."
    )
    tomorrow = replace(counter, now=lambda: datetime(2026, 11, 22, 22, 59, tzinfo=UTC))
    assert "by 2026-11-23 14:00" in internal_cancel.preview(tomorrow, 1).channel_belief


def test_a_void_order_is_hidden_until_asked_for(counter: Desk) -> None:
    internal_cancel.cancel_internally(counter, 1, "void", "A test.")
    assert {row.order_id for row in search.page(counter).rows} == {2, 3}
    assert {row.order_id for row in search.page(counter, "status:void").rows} == {1}
    assert search.count_exactly(counter) == 2


def test_a_note_is_plain_text_wherever_it_is_kept(counter: Desk) -> None:
    hostile = "a\x1b[31m\u202e\udcff\nb"
    internal_cancel.cancel_internally(counter, 1, "on_hold", hostile)
    orders.add_note(counter, 2, hostile)
    assert [note.text for note in Note.select()] == ["a[31m\nb"] * 2
    # The audit can never forget, and a note may be about a person.
    assert "note" not in Audit.select().order_by(Audit.id.desc()).get().after


@pytest.mark.parametrize("text", ["", " \n ", "\x00", "x" * 4001])
def test_note_that_is_empty_or_too_long_is_refused(counter: Desk, text: str) -> None:
    with pytest.raises((NotRead, ValueRefused)):
        orders.add_note(counter, 1, text)
    assert not Note.select().exists()


# Jobs


def test_jobs_are_listed_by_status_type_and_company(offline: Desk) -> None:
    one = downloads.start(offline, None, "7d")
    add_company(offline, "Other")
    two = downloads.start(offline, "Other", "7d")
    jobs.cancel(offline, one)
    assert [view.job_id for view in jobs.listing(offline)] == [two, one]
    assert [view.job_id for view in jobs.listing(offline, limit=1)] == [two]
    assert [view.job_id for view in jobs.listing(offline, status="cancelled")] == [one]
    assert [view.job_id for view in jobs.listing(offline, type_="refund")] == []
    assert [view.company for view in jobs.listing(offline.of_company("Other"))] == ["Other"]
    assert jobs.show(offline, one).ended
    assert not jobs.show(offline, two).ended
    with pytest.raises(NotFound):
        jobs.show(offline, 99)
    with pytest.raises(NotFound):
        jobs.logs(offline, 99)


def test_cancelled_job_is_retried_and_both_changes_are_logged(offline: Desk) -> None:
    job = downloads.start(offline, None, "7d")
    jobs.cancel(offline, job)
    with pytest.raises(RuleRefused, match="ended"):
        jobs.cancel(offline, job)
    assert jobs.retry(offline, job).status == "submitted"
    messages = [log.message for log in jobs.logs(offline, job)]
    assert [message.split(" by ")[0] for message in messages] == ["Cancelled", "Retried"]
    assert jobs.logs(offline, job, after=1)[0].message == messages[1]
    actions = [row.action for row in Audit.select().order_by(Audit.id)]
    assert actions[-3:] == ["orders.download", "job.cancelled", "job.retried"]
    looking = replace(offline, read_only=True)
    for act in (jobs.cancel, jobs.retry):
        with pytest.raises(RuleRefused, match="read-only"):
            act(looking, job)


def test_job_has_the_name_of_the_person_who_asked_for_it(offline: Desk) -> None:
    job = downloads.start(offline, None, "7d")
    assert (Job.get().submitted_by, queue.get(job).type) == (offline.actor, "order_download")


def test_internal_cancellation_has_no_status_of_its_own_choice() -> None:
    schema = json_schemas.schema("orders_cancel_input")
    assert schema["required"] == ["status"]
    assert "default" not in schema["properties"]["status"]
