"""Refund: sends what was planned, once, and settles what nobody knows by reading (reliability §1)."""

from __future__ import annotations

import json

from bmtui.channel.reading import read_order
from bmtui.desk import creation, effects
from bmtui.desk.context import Desk
from bmtui.errors import ChannelError, OutcomeUnknown, Refused
from bmtui.queue.jobs import Claim, Progress
from bmtui.queue.worker import Again, JobContext, Outcome
from bmtui.store.models import Effect
from bmtui.words import EffectState, JobStatus
from bmtui.workers.access import Access, open_access

SETTLE_S = 3.0
"""How long an open outcome rests before the order is read: the write may still be on its way through the channel."""
AMOUNT_PATH = "/ws/sav/refund"
"""The path with a budget of its own a day (API §2)."""
MAX_SENDS = 3
"""After so many sends that left no trace a person looks; each of them was guarded by the line's state."""


async def run(desk: Desk, job: JobContext) -> Outcome:
    """Send each planned effect, ask about each open one, then re-read the order."""
    job_id = job.claim.job_id
    async with open_access(desk, job.claim.company_id) as access:
        rows = await desk.store.read(effects.of_job, job_id)
        await job.note(Progress(phase="sending", total=len(rows)))
        for effect in rows:
            if effect.state == EffectState.SENDING:
                # Another worker died with the request in flight.
                await _settle(job, desk, effect, EffectState.UNKNOWN, error="The worker died while it was sending.")
                raise Again("What it sent may still be on its way; the order is read after a rest.", SETTLE_S)
            if effect.state == EffectState.UNKNOWN:
                await _ask(job, access, effect)
            effect = await desk.store.read(Effect.get_by_id, effect.id)
            if effect.state == EffectState.PLANNED:
                await _send(job, access, effect)
        await _reread(job, access, int(job.claim.about["order_id"]))
    return await desk.store.read(_outcome, job_id)


def abandon(desk: Desk, claim: Claim, reason: str) -> None:
    """The job failed for good: what was provably not sent is refundable again; what is open goes to a person."""
    effects.fail_planned(desk, claim.job_id, reason)
    for effect in effects.of_job(claim.job_id):
        if effect.state in (EffectState.SENDING, EffectState.UNKNOWN):
            effects.settle(desk, effect, EffectState.NEEDS_PERSON, error=reason)


async def _send(job: JobContext, access: Access, effect: Effect) -> None:
    """Send one effect, once."""
    desk = access.desk
    await access.turn()
    if effect.path == AMOUNT_PATH:
        await access.spend_refund()
    await job.checkpoint()

    def mark() -> tuple[None, Progress]:
        effects.mark_sending(desk, effect)
        return None, Progress(log=f"Sending {effect.method} {effect.path} {json.dumps(effect.body)}")

    await job.commit(mark)
    try:
        answer = await access.call(access.channel.send(effects.write_of(effect)))
    except ChannelError as error:
        if error.may_have_applied:
            await _settle(job, desk, effect, EffectState.UNKNOWN, error=str(error))
            raise Again(f"{error.message} Whether it took effect will be read from the order.", SETTLE_S) from error
        if error.transient:
            await _settle(job, desk, effect, EffectState.PLANNED, error=str(error))
            raise
        if isinstance(error, Refused) and effect.expected["guarded"]:
            await _refused(job, access, effect, error)
            return
        await _settle(job, desk, effect, EffectState.REJECTED, error=str(error))
        return
    await _settle(job, desk, effect, EffectState.CONFIRMED, answer=_short(answer.body), status=answer.status)


async def _refused(job: JobContext, access: Access, effect: Effect, error: Refused) -> None:
    """A refusal can mean "already so": what the line's state says counts, not the refusal (API §6)."""
    if await _line_state(access, effect) == effect.expected["to"]:
        await _settle(job, access.desk, effect, EffectState.CONFIRMED, answer=f"Already so: {error.words}")
    else:
        await _settle(job, access.desk, effect, EffectState.REJECTED, error=str(error))


async def _ask(job: JobContext, access: Access, effect: Effect) -> None:
    """Settle an open outcome by reading the order (reliability §1)."""
    await job.checkpoint()
    state, expected = await _line_state(access, effect), effect.expected
    if state == expected["to"]:
        await _settle(job, access.desk, effect, EffectState.CONFIRMED, answer="Seen in the order.")
    elif not expected["guarded"]:
        why = "Back Market does not show partial refunds, so nobody can prove that this one did or did not happen."
        await _settle(job, access.desk, effect, EffectState.NEEDS_PERSON, error=f"{effect.error} {why}")
    elif state == expected["from"] and effect.attempts < MAX_SENDS:
        await _settle(job, access.desk, effect, EffectState.PLANNED, error="Not in the order; it will be sent again.")
    else:
        await _settle(job, access.desk, effect, EffectState.NEEDS_PERSON, error=f"The line is in state {state} now.")


async def _line_state(access: Access, effect: Effect) -> int | None:
    """The state that the channel gives the effect's line now; None when it does not list it."""
    order_id = await access.desk.store.read(lambda: effect.order.order_id)
    await access.turn()
    order = read_order(await access.call(access.channel.order(order_id)))
    return next((line.state for line in order.lines if line.line_id == effect.expected["line_id"]), None)


async def _settle(
    job: JobContext,
    desk: Desk,
    effect: Effect,
    state: EffectState,
    *,
    error: str = "",
    answer: str = "",
    status: int = 0,
) -> None:
    def write() -> tuple[None, Progress]:
        effects.settle(desk, effect, state, error=error, answer=answer, status=status or None)
        done = [row.state for row in effects.of_job(job.claim.job_id)]
        good = done.count(EffectState.CONFIRMED)
        bad = done.count(EffectState.REJECTED) + done.count(EffectState.NEEDS_PERSON)
        text = f"{state.label}. {answer or error}".strip()
        return None, Progress(
            processed=good + bad, succeeded=good, failed=bad, log=text, log_is_error=state != EffectState.CONFIRMED
        )

    await job.commit(write)


async def _reread(job: JobContext, access: Access, order_id: int) -> None:
    """Bring the order up to date with what the channel says now; the refund stands whatever comes of it."""
    desk = access.desk
    try:
        await access.turn()
        fresh = await access.call(access.channel.order(order_id))
        order = read_order(fresh)

        def take() -> tuple[None, Progress]:
            creation.refresh(desk, access.company.id, order, job.claim.job_id)
            return None, Progress(phase="done", log="The order was re-read.")

        await job.commit(take)
    except ChannelError as error:
        await job.note(Progress(log=f"The order could not be re-read: {error}", log_is_error=True))


def _outcome(job_id: int) -> Outcome:
    rows = effects.of_job(job_id)
    states = [row.state for row in rows]
    output = {"effects": {str(row.id): row.state for row in rows}}
    unsettled = [row for row in rows if row.state == EffectState.NEEDS_PERSON]
    failed = [row for row in rows if row.state == EffectState.REJECTED]
    if unsettled:
        error = (
            f"{unsettled[0].error} Look in the Back Office, then say what you saw: "
            f"'bmtui outbox settle {unsettled[0].id} --happened' or '--did-not-happen'."
        )
        return Outcome(output, JobStatus.FAILED, error, OutcomeUnknown.__name__)
    if failed:
        status = JobStatus.PARTIAL_SUCCESS if EffectState.CONFIRMED in states else JobStatus.FAILED
        return Outcome(output, status, failed[0].error, Refused.__name__)
    if rows and states.count(EffectState.WITHDRAWN) == len(rows):
        return Outcome(output, JobStatus.CANCELLED)
    return Outcome(output)


def _short(body: object) -> str:
    """What a person wants of an answer: the words of a text; of an order, only its state."""
    if isinstance(body, dict):
        return f"Order in state {body.get('state')}."
    return str(body)[:500]
