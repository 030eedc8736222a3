"""After-sales folders of two companies with the same numbers, and folders that are read or written again or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from helpers import COMPANY, add_company, raw_folder, raw_line, raw_order, take_in

from bmtui.channel import uploads
from bmtui.desk.after_sales import folder_store, folders, parameters, replies
from bmtui.desk.companies import companies, sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.returns import rma as returns
from bmtui.errors import ConfigError, RuleRefused
from bmtui.store.models import CareFolder, Company, Effect, Job, Order

AT = "2026-11-20T12:00:00+00:00"


def keep(desk: Desk, text: str = "It is broken", folder_id: int = 7) -> dict[str, object]:
    """Store a folder about order 1, of the company in view."""
    raw = raw_folder(folder_id, 1, 10, "PHN", text, date_creation=AT)
    with desk.store.transaction():
        folder_store.keep(desk, desk.company_row().id, folder_id, raw, folder_store.digest(raw))
    return raw


@pytest.fixture
def two(offline: Desk) -> tuple[Desk, Desk]:
    """Desks of two companies, which both have order 1 and a folder 7 about it."""
    add_company(offline, "Other")
    mine, other = offline.of_company(COMPANY), offline.of_company("Other")
    for desk in (mine, other):
        take_in(desk, raw_order(1, [raw_line(10, 3)]))
        keep(desk, f"Of {desk.company}")
    return mine, other


def test_folder_of_the_same_number_of_another_company_is_another_folder(two: tuple[Desk, Desk]) -> None:
    assert [[message.text for message in folders.show(desk, 7).messages] for desk in two] == [
        [f"Of {COMPANY}"],
        ["Of Other"],
    ]


def test_answer_in_a_folder_is_written_to_the_order_of_its_own_company(two: tuple[Desk, Desk]) -> None:
    for desk in reversed(two):
        replies.send(desk, replies.answer(7, "Hello"))
        effect = Effect.select().order_by(Effect.id.desc()).get()
        assert Order.get_by_id(effect.order_ref).company_id == effect.company_id == desk.company_row().id


def test_rma_of_a_folder_is_shown_at_the_folder_of_its_own_company(two: tuple[Desk, Desk]) -> None:
    mine, other = two
    made = returns.create(other, 1, returns.ReturnRequest(folder_id=7)).row.rma_id
    both = folders.listing(replace(mine, company=None))
    assert {row.company: row.rma_ids for row in both} == {COMPANY: (), "Other": (made,)}


def test_folder_that_could_not_be_read_is_read_again_though_it_did_not_change(offline: Desk) -> None:
    raws = {number: keep(offline, folder_id=number) for number in (7, 8)}
    company_id = Company.get().id
    assert folder_store.changed(company_id, raws) == []
    CareFolder.update(error="A field is of a new kind.").where(CareFolder.folder_id == 8).execute()
    assert folder_store.changed(company_id, raws) == [8]


@pytest.mark.sqlite_only
def test_first_folder_of_the_new_type_and_those_around_it_take_what_the_channel_accepts(offline: Desk) -> None:
    numbers = (uploads.SPLIT_ID - 1, uploads.SPLIT_ID, uploads.SPLIT_ID + 1)
    assert [bool(replies.transfer_why_not(number)) for number in numbers] == [False, False, True]
    kind = next(kind for kind in uploads.PROBLEM_TYPES if kind != "OTHER")
    assert [bool(replies.problem_why_not(number, kind)) for number in numbers] == [True, False, False]


@pytest.mark.sqlite_only
def test_problem_with_a_text_is_accepted_for_a_folder_of_the_new_type_and_no_longer_than_a_message() -> None:
    with pytest.raises(RuleRefused, match="of the old type"):
        replies.problem(uploads.SPLIT_ID - 1, "OTHER", "Empty box")
    assert replies.problem(uploads.SPLIT_ID, "OTHER", "Empty box").text == "Empty box"
    longest = "x" * replies.MESSAGE_LIMIT
    for write in (replies.answer(uploads.SPLIT_ID, longest), replies.problem(uploads.SPLIT_ID, "OTHER", longest)):
        assert write.text == longest
    with pytest.raises(RuleRefused, match="5,001 characters; at most 5,000"):
        replies.answer(uploads.SPLIT_ID, longest + "x")
    with pytest.raises(RuleRefused, match="5,001 characters; at most 5,000"):
        replies.problem(uploads.SPLIT_ID, "OTHER", longest + "x")


@pytest.mark.sqlite_only
def test_every_field_of_an_item_transfer_must_be_filled_in() -> None:
    assert [field.name for field in parameters.TRANSFER if not field.required] == []


def test_missing_token_queues_no_download_of_folders_and_stops_no_other_company(offline: Desk) -> None:
    for token in offline.settings.credentials.iterdir():
        token.unlink()
    add_company(offline, "Other")
    at = offline.now() + timedelta(hours=1)
    later = replace(offline, now=lambda: at)
    folder_store.submit_due(later)
    assert [job.parameters["company"] for job in Job.select()] == ["Other"]
    with pytest.raises(ConfigError, match="token"):
        folder_store.start(later, COMPANY)
    # Its own is due as soon as the token is there.
    companies.change(offline, COMPANY, {"token": "found-again"})
    folder_store.submit_due(later)
    assert sorted(job.parameters["company"] for job in Job.select()) == ["Other", COMPANY]


def test_folders_of_a_company_whose_token_was_refused_are_not_downloaded(offline: Desk) -> None:
    sending_pauses.stop_for_token(offline, Company.get())
    at = offline.now() + timedelta(hours=1)
    later = replace(offline, now=lambda: at)
    folder_store.submit_due(later)
    assert Job.select().count() == 0
    companies.change(offline, None, {"token": "another"})
    folder_store.submit_due(later)
    assert [job.type for job in Job.select()] == ["after_sales_download"]
