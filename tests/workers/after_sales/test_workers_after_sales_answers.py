"""Messages and changes of after-sales folders: each arrives once, whatever happens on the way (API §9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from care_case import SAV, Case, download
from helpers import kill_worker, work, work_through

from bmtui.desk.after_sales import replies
from bmtui.desk.core import personal_data
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import actions as outbox
from bmtui.errors import NotFound, RuleRefused
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Audit, CareFolder, DailyBudget, Effect, Job, JobLog

LABEL = "00340434161094021501"

pytestmark = pytest.mark.usefixtures("no_rest")


@pytest.fixture
def case(shop: Desk, marketplace: SandboxServer) -> Case:
    return Case(shop, marketplace)


def fault(name: str, path: str = "/msg", **more: Any) -> Rule:
    return Rule(name, f"{SAV}/*{path}" if path else SAV, "POST" if path else "GET", **{"count": 1, **more})


def test_message_arrives_with_its_files_and_the_folder_no_longer_waits(case: Case, tmp_path: Path) -> None:
    picture = tmp_path / "box.pdf"
    picture.write_bytes(b"%PDF-1.4 box")
    text = "Bonjour <Marie> & merci,\n\nvoilà l'étiquette."
    sent = case.answer(text, (str(picture),))
    assert case.applied == []
    assert [view.effect_id for view in case.view.effects] == [sent.effect_id]
    work(case.desk)
    (body,) = case.applied
    assert (body["message"], len(body["attachments"])) == (text, 1)
    assert jobs.show(case.desk, sent.job_id).status == "completed"
    view = case.view
    assert (view.row.waiting_since, view.effects) == (None, ())
    assert view.messages[-1].text == text
    assert view.messages[-1].initiator == "Merchant"
    assert outbox.show(case.desk, sent.effect_id).state == "confirmed"


def test_second_write_to_a_folder_is_refused_while_one_is_on_its_way(case: Case) -> None:
    sent = case.answer()
    with pytest.raises(RuleRefused, match="is being sent"):
        case.answer("again")
    outbox.withdraw(case.desk, sent.effect_id)
    work(case.desk)
    assert case.applied == []
    case.answer("again")
    work(case.desk)
    assert [body["message"] for body in case.applied] == ["again"]


@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", ["drop-after", "error-500-after", "truncated"])
def test_message_whose_http_answer_was_lost_is_found_and_not_sent_again(case: Case, name: str) -> None:
    case.server.faults.rules = [fault(name)]
    sent = case.answer()
    work_through(case.desk)
    assert len(case.applied) == 1
    effect = outbox.show(case.desk, sent.effect_id)
    assert (effect.state, effect.attempts) == ("confirmed", 1)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", ["drop", "error-500", "html-502", "html-200"])
def test_message_that_cannot_be_found_again_goes_to_a_person(case: Case, name: str) -> None:
    case.server.faults.rules = [fault(name)]
    sent = case.answer()
    work_through(case.desk)
    effect = outbox.show(case.desk, sent.effect_id)
    assert (effect.state, effect.attempts, case.applied) == ("needs_person", 1, [])
    assert "may still arrive" in effect.error
    assert jobs.show(case.desk, sent.job_id).error_kind == "OutcomeUnknown"
    assert case.view.row.answering == "needs_person"
    with pytest.raises(RuleRefused, match="outcome is unknown"):
        case.answer("once more")
    outbox.settle_by_person(case.desk, sent.effect_id, happened=False)
    case.answer("once more")
    work(case.desk)
    assert [body["message"] for body in case.applied] == ["once more"]


def test_message_shown_late_goes_to_a_person_and_is_then_confirmed(case: Case) -> None:
    case.server.faults.rules = [fault("late", seconds=60)]
    sent = case.answer()
    work_through(case.desk)
    assert (outbox.show(case.desk, sent.effect_id).state, case.applied) == ("needs_person", [])
    case.server.marketplace.clock.advance(timedelta(seconds=61))
    download(case.desk)
    assert len(case.applied) == 1
    effect = outbox.show(case.desk, sent.effect_id)
    assert (effect.state, effect.answer) == ("confirmed", "Seen in the folder later.")


@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", ["throttle", "waf", "throttle-retry-after"])
def test_message_that_provably_did_not_arrive_is_sent_again(case: Case, name: str) -> None:
    case.server.faults.rules = [fault(name)]
    case.answer()
    work_through(case.desk)
    assert len(case.applied) == 1


def test_a_worker_killed_with_the_answer_in_flight_doubles_nothing(case: Case) -> None:
    sent = case.answer()
    kill_worker(
        case.desk,
        """
from bmtui.channel.client import BackMarket
send = BackMarket.send
async def send_and_stand(self, request, **more):
    await send(self, request, **more)
    here()
BackMarket.send = send_and_stand
""",
    )
    work_through(case.desk)
    assert len(case.applied) == 1
    assert outbox.show(case.desk, sent.effect_id).state == "confirmed"


def test_earlier_message_with_the_same_text_is_no_proof_of_the_answer(case: Case) -> None:
    case.answer("Hello.")
    work(case.desk)
    case.server.faults.rules = [fault("drop")]
    sent = case.answer("Hello.")
    work_through(case.desk)
    assert outbox.show(case.desk, sent.effect_id).state == "needs_person"
    assert len(case.applied) == 1
    outbox.settle_by_person(case.desk, sent.effect_id, happened=False)


def test_message_whose_attachment_is_gone_is_not_sent(case: Case, tmp_path: Path) -> None:
    file = tmp_path / "box.pdf"
    file.write_bytes(b"%PDF-1.4 box")
    sent = case.answer(files=(str(file),))
    file.unlink()
    work(case.desk)
    assert outbox.show(case.desk, sent.effect_id).state == "rejected"
    assert case.applied == []


def test_refused_message_shows_the_words_of_the_channel(case: Case, marketplace: SandboxServer) -> None:
    sent = replies.send(case.desk, replies.problem(case.folder_id, "OTHER"))
    work(case.desk)
    assert [body["problem_type"] for body in case.applied] == ["OTHER"]
    assert outbox.show(case.desk, sent.effect_id).state == "confirmed"


def test_problems_and_transfers_follow_the_rules_of_the_channel(shop: Desk, marketplace: SandboxServer) -> None:
    old, new = Case(shop, marketplace, old=True), Case(shop, marketplace)
    attempts: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: replies.problem(old.folder_id, "WRONG_ITEM"), "only the problem type OTHER"),
        (lambda: replies.problem(old.folder_id, "OTHER", "words"), "no message and no files"),
        (lambda: replies.problem(new.folder_id, "DAMAGED_PACKAGE", "wet"), "needs a picture"),
        (lambda: replies.problem(new.folder_id, "LOST"), "not a problem type"),
        (lambda: replies.transfer(new.folder_id, carrier="DHL", tracking=LABEL, action="REPAIR"), "no item transfer"),
        (
            lambda: replies.transfer(old.folder_id, carrier="DHL", tracking="", action="REPAIR"),
            "carrier and",
        ),
        (lambda: replies.transfer(old.folder_id, carrier="DHL", tracking=LABEL, action="SELL"), "not an action"),
        (lambda: replies.answer(new.folder_id, "  "), "message is empty"),
        (lambda: replies.answer(new.folder_id, "x" * 5001), "5,001 characters"),
        (lambda: replies.answer(new.folder_id, "x", ["/nowhere.pdf"]), "nowhere.pdf cannot be read"),
    )
    for attempt, says in attempts:
        with pytest.raises(RuleRefused, match=says):
            attempt()
    assert (old.view.problems, old.view.transfer_why_not) == (("OTHER",), "")
    assert "WRONG_ITEM" in new.view.problems
    assert not Effect.select().exists()
    before = len(old.applied)
    tracking = f"{shop.store.database.kind}1234"
    replies.send(shop, replies.problem(new.folder_id, "wrong_item", "A red one came."))
    moved = replies.transfer(old.folder_id, carrier="DHL", tracking=f" {tracking[:5]} {tracking[5:]} ", action="repair")
    sent = replies.send(shop, moved)
    work(shop)
    assert [body["problem_type"] for body in new.applied] == ["WRONG_ITEM"]
    assert [(body["trackingNumber"], body["action"]) for body in old.applied[before:]] == [(tracking, "REPAIR")]
    # Each kind has a budget of its own; midnight may have passed in between.
    spent = {row.name.partition(" http")[0]: row.spent for row in DailyBudget.select()}
    assert spent == {"messages": 1, "item transfers": 1}
    # The channel shows no transfer: whether it arrived nobody can prove.
    marketplace.faults.rules = [fault("drop-after", "/item-transfer")]
    sent = replies.send(
        shop, replies.transfer(old.folder_id, carrier="DHL", tracking=f"{tracking}5678", action="NOTHING")
    )
    work_through(shop)
    assert outbox.show(shop, sent.effect_id).state == "needs_person"
    assert len(old.applied) == before + 2


def test_answer_in_a_folder_that_is_not_here_is_refused_and_plans_nothing(shop: Desk) -> None:
    with pytest.raises(NotFound):
        replies.send(shop, replies.answer(12, "Hello."))
    assert not Effect.select().exists()


def test_text_of_a_message_is_kept_nowhere_but_in_the_folder(case: Case) -> None:
    sent = case.answer("Dear Zephyrine.")
    work(case.desk)
    kept = [str(row.__data__) for model in (Audit, JobLog, Job) for row in model.select()]
    assert not [text for text in kept if "Zephyrine" in text]
    with case.desk.store.transaction():
        assert personal_data.forget_folders(CareFolder.folder_id == case.folder_id) == 1
    effect = Effect.get_by_id(sent.effect_id)
    assert (effect.body, effect.expected.get("text", ""), effect.state) == ({}, "", "confirmed")
    assert case.view.messages == ()
    assert "POST" in outbox.show(case.desk, sent.effect_id).request
