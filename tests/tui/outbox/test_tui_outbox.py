"""Outbox on the screens: the countdown, pauses, and outcomes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from driving import Driver, driving

from bmtui.desk.companies import companies, sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox import effects
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.store.models import Effect, Job
from bmtui.tui.outbox.settle_dialog import Settle
from bmtui.words import EffectState, JobStatus

SHIPPED = "channel:shipped payment:charged currency:EUR"


def patient(office: Desk) -> Desk:
    """Desk with an undo window of 55 s, so that even a busy machine presses the key in time."""
    companies.change(office, None, {"undo_windows": "refund=55"})
    return replace(office, undo=True)


def several_lines(desk: Desk) -> int:
    """Return an order with more than one line that can be refunded on Back Market."""
    for row in search.page(desk, SHIPPED, limit=100).rows:
        options = refunds.options(desk, row.order_id)
        if sum(1 for line in options.lines if line.channel) > 1:
            return row.order_id
    raise AssertionError("no such order")


async def refund(person: Driver, order_id: int) -> None:
    """Refund a whole order on Back Market by keys."""
    await person.search(f"id:{order_id}")
    await person.press("r")
    await person.at("Refund")
    await person.press("ctrl+s")
    await person.at("Confirm")
    await person.press("Y")
    await person.at("SearchScreen")
    await person.until(lambda: "is queued as job" in person.status or "u takes it back" in person.status)


async def test_countdown_is_shown_whole_and_replaces_the_sentence_before_it(office: Desk) -> None:
    order_id = several_lines(office)
    async with driving(patient(office)) as person:
        await refund(person, order_id)
        await person.says("Leaves in")
        lines = len(outbox.listing(office))
        assert f" s; u takes it back: order {order_id}, {lines} refunds" in person.status
        assert len(person.status) <= 80
        await person.press("u")
        await person.says(f"Taken back: order {order_id}, {lines} refunds. Nothing of it was sent.")


async def test_refund_planned_by_another_person_is_not_offered_for_take_back(office: Desk) -> None:
    order_id = several_lines(office)
    refunds.issue(replace(patient(office), actor="ann"), order_id, RefundRequest())
    async with driving(patient(office)) as person:
        await person.until(lambda: "jobs: 1 waiting" in person.seen())
        await person.press("Q")
        await person.at("OutboxScreen")
        await person.until(lambda: "in " in person.seen() and str(order_id) in person.seen())
        seconds = [line for line in person.seen().splitlines() if str(order_id) in line]
        await person.until(lambda: [line for line in person.seen().splitlines() if str(order_id) in line] != seconds)
        assert person.status == ""


async def test_sending_pause_is_shown_on_all_screens_and_can_be_ended(office: Desk) -> None:
    order_id = several_lines(office)
    async with driving(patient(office)) as person:
        await person.press("Q")
        await person.at("OutboxScreen")
        await person.press("R")
        await person.says("Nobody paused sending here")
        await person.press("p")
        await person.at("AskText")
        await person.press(*"lunch", "enter")
        await person.at("OutboxScreen")
        await person.says("Sending is paused by")
        assert "R resumes. Sending is paused by" in person.line("#info")
        await person.press("p")
        await person.says("Sending is paused already: R resumes it.")
        await person.press("q")
        await person.at("SearchScreen")
        assert "· PAUSED" in person.line("#header")
        await refund(person, order_id)
        # At first with what was queued, then with what takes it back.
        assert "aits: sending is paused" in person.status or "Waits, sending is paused" in person.status
        await person.says("Waits, sending is paused; u takes it back")
        await person.press("Q")
        await person.at("OutboxScreen")
        await person.press("R")
        await person.at("Confirm")
        assert "may leave at once" in person.seen()
        # Enter is the safe answer.
        await person.press("enter")
        await person.at("OutboxScreen")
        assert sending_pauses.standing(office)
        await person.press("R")
        await person.at("Confirm")
        await person.press("Y")
        await person.says("What waits is sent again.")
        assert not sending_pauses.standing(office)
        await person.until(lambda: "PAUSED" not in person.line("#header"))


async def test_refund_with_an_unknown_outcome_is_not_called_failed(office: Desk) -> None:
    order_id = several_lines(office)
    async with driving(patient(office)) as person:
        await refund(person, order_id)
        await person.settled()
        ids = [view.effect_id for view in outbox.listing(office)]
        job = outbox.listing(office)[0].job_id
        await person.press("escape")
        await person.settled()
        Job.update(error="The connection broke.").where(Job.id == job).execute()
        await person.says(f"Job {job} Refund of order {order_id} is tried again by itself. The connection broke.")
        Effect.update(state=EffectState.NEEDS_PERSON).where(Effect.id == ids[0]).execute()
        Effect.update(state=EffectState.CONFIRMED).where(Effect.id.in_(ids[1:])).execute()
        Job.update(status=JobStatus.FAILED, error="The connection broke.").where(Job.id == job).execute()
        await person.says(f"Nobody knows whether it took place: order {order_id}, Refund")
        assert "Failed" not in person.status
        assert "Q, then s, settles it." in person.seen()


async def test_unchanged_evidence_is_shown_once(office: Desk) -> None:
    known = "Back Market shows PHN-A12: Shipped."

    async def same() -> str:
        return known

    async def other() -> str:
        return "Back Market shows PHN-A12: Refunded."

    facts = ["Refund PHN-A12", f"Nobody answered. {known}"]
    async with driving(office) as person:
        for evidence, said in ((same, "asked again just now, and shows the same."), (other, "PHN-A12: Refunded.")):
            asked = asyncio.ensure_future(person.app.ask(Settle("outbox 7", facts, evidence)))  # type: ignore[arg-type]
            await person.at("Settle")
            await person.until(lambda said=said: said in person.seen())  # type: ignore[misc]
            assert person.seen().count(known) == 1
            await person.press("enter")
            assert await asked is None


async def test_a_job_that_ended_names_its_order(office: Desk) -> None:
    order_id = several_lines(office)
    async with driving(office) as person:
        await refund(person, order_id)
        await person.settled()
        job = outbox.listing(office)[0].job_id
        Effect.update(state=EffectState.CONFIRMED).where(Effect.job == job).execute()
        Job.update(status=JobStatus.COMPLETED, phase="sending").where(Job.id == job).execute()
        await person.says(f"Job {job} Refund of order {order_id}: Completed.")
        await person.press("J")
        await person.at("JobsScreen")
        await person.until(lambda: f"order {order_id}" in person.seen())
        # What it did last is not what it does now.
        assert "sending" not in person.seen()


async def test_keys_of_a_question_stay_visible_on_a_small_terminal(office: Desk) -> None:
    order_id = several_lines(office)
    async with driving(patient(office)) as person:
        await person.search(f"id:{order_id}")
        await person.press("r")
        await person.at("Refund")
        await person.resize(66, 20)
        await person.press("ctrl+s")
        await person.at("Confirm")
        await person.settled()
        assert "Y Send to Back Market: " in person.seen()
        hidden = int(person.seen().partition("j/k ")[2].partition(" more")[0])
        assert person.seen().count('"new_state"') < 2
        await person.press(*["j"] * hidden)
        await person.until(
            lambda: person.seen().count('"return_reason": 25}') == 2 and "Y Send to Back Market: " in person.seen()
        )
        await person.press("Y")
        await person.at("SearchScreen")
        await person.press("Q")
        await person.at("OutboxScreen")
        await person.until(lambda: "Queued" in person.seen() and str(order_id) in person.seen())


async def test_countdown_of_hours_is_not_shown_in_seconds(office: Desk) -> None:
    order_id = several_lines(office)
    desk = replace(office, undo=True)
    refunds.issue(desk, order_id, RefundRequest())
    Effect.update(not_before=office.now() + timedelta(hours=5)).execute()
    async with driving(desk) as person:
        await person.press("Q")
        await person.at("OutboxScreen")
        await person.until(lambda: str(order_id) in person.seen())
        row = next(line for line in person.seen().splitlines() if str(order_id) in line)
        assert "Queued         in " not in row
        assert person.status == ""


async def test_refused_refund_is_called_failed_in_the_outbox_and_not_rejected(
    office: Desk,
) -> None:
    order_id = several_lines(office)
    refunds.issue(office, order_id, RefundRequest())
    with office.store.transaction():
        for effect in Effect.select():
            effects.settle(office, effect, EffectState.REJECTED, error="Not today.")
    async with driving(office) as person:
        await person.press("Q")
        await person.at("OutboxScreen")
        await person.press("a")
        await person.until(lambda: "everything" in person.seen())
        await person.settled()
        assert "Failed" in person.seen()
        assert "Rejected" not in person.seen()
        await person.press("x")
        await person.says("It is Failed: only what was not sent can be withdrawn.")
