"""Sending of planned effects, once; an unknown outcome is settled by reading (reliability §1); one for all kinds."""

from __future__ import annotations

from functools import partial

from bmtui.channel.answers import Answer
from bmtui.channel.reading import read_order
from bmtui.channel.transport import running_s
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import moved_store
from bmtui.desk.outbox import booked, effects, waiting
from bmtui.desk.outbox.effects import Paused
from bmtui.desk.outbox.review import request_line
from bmtui.desk.sync import ingest
from bmtui.errors import (
    ChannelError,
    NotApplied,
    NotUnderstood,
    OutcomeUnknown,
    Refused,
    RuleRefused,
    TooLate,
    Unauthorised,
)
from bmtui.queue import jobs
from bmtui.queue.jobs import Claim, Progress
from bmtui.queue.worker import JobContext, Outcome, Reschedule
from bmtui.store.models import Effect
from bmtui.words import EffectKind, EffectState, JobStatus
from bmtui.workers.after_sales import folder_reading
from bmtui.workers.company_channel import CARE_MESSAGE, CARE_TRANSFER, Access, open_access
from bmtui.workers.outbox import verify_effects
from bmtui.workers.outbox.verify_effects import Verdict

SETTLE_S = 3.0
"""Seconds before an open outcome is read: the write may still be on its way through the channel."""
SEND_WITHIN_S = 5.0
"""Seconds within which a send must begin after its marker; later it does not begin at all: this process stood still
meanwhile, and another one may have taken over."""
IN_ORDER_S = 1.0
"""Seconds until a write checks again whether an earlier write to the same order is done."""
PAUSED_S = 600.0
"""Seconds for which a job rests during a pause of sending; the end of the pause wakes it."""
AMOUNT_PATH = "/ws/sav/refund"
"""Path with a daily budget of its own (API §2)."""
MAX_SENDS = 3
"""Number of sends without a trace after which a person looks; the channel's state was checked before each."""
READ_FIRST = (EffectKind.ACCEPT, EffectKind.CANCEL_ON_CHANNEL, EffectKind.SHIP)
"""Kinds before which the order is read: the buyer can cancel until acceptance, and then that wins (API §5)."""


MONEY = (EffectKind.REFUND, EffectKind.CANCEL_ON_CHANNEL)
"""Kinds that return money: only a line that shows its old state proves that none was returned."""
_FAILED = (EffectState.REJECTED, EffectState.NOT_APPLIED, EffectState.NEEDS_PERSON)


async def run(desk: Desk, job: JobContext) -> Outcome:
    """Send each planned effect, settle each open one, then read the orders and folders concerned again."""
    job_id = job.claim.job_id
    # In a transaction of its own: it may take this job away, which a commit of the job would refuse.
    await desk.store.write(moved_store.look, desk)
    try:
        async with open_access(desk, job.claim.company_id, waited=jobs.waited(job.claim)) as access:
            await access.ask_for_all()

            def begin() -> tuple[tuple[list[Effect], dict[int, int]], Progress]:
                rows = effects.of_job(job_id)
                return (rows, effects.orders_of(job_id)), Progress(phase="sending", total=len(rows))

            rows, access.order_ids = await job.commit(begin)
            for effect in rows:
                await _advance(job, access, effect)
            for order_id in sorted(access.order_ids.values()):
                await _reread(job, access, order_id)
            await folder_reading.reread(job, access, rows)
    except Unauthorised as error:
        raise Reschedule(f"{error.message} Nothing is sent until it has a new one.", PAUSED_S, Unauthorised) from error
    except Paused as error:
        raise Reschedule(error.message, PAUSED_S, RuleRefused) from error
    except ChannelError as error:
        if not _passes(error):
            raise
        raise Reschedule(error.message, error.retry_after_s or 0.0, type(error), outage=True) from error

    def end() -> Outcome:
        waiting.wake_next(desk, job_id)
        return _outcome(job_id)

    return await desk.store.write(end)


def _passes(error: ChannelError) -> bool:
    """Return whether the error passes with time, however long; a wrong field in an answer stays wrong."""
    return error.transient and not (isinstance(error, NotUnderstood) and error.path)


def abandon(desk: Desk, claim: Claim, reason: str) -> None:
    """Handle the final failure of the job: effects that were provably not sent fail, too; open ones go to a person."""
    effects.fail_planned(desk, claim.job_id, reason)
    for effect in effects.of_job(claim.job_id):
        if effect.state in (EffectState.SENDING, EffectState.UNKNOWN):
            effects.settle(desk, effect, EffectState.NEEDS_PERSON, error=reason)


async def _advance(job: JobContext, access: Access, effect: Effect) -> None:
    """Advance one effect as far as possible now."""
    desk = access.desk
    if effect.state == EffectState.SENDING:
        # Another worker died with the request in flight.
        await _settle(job, desk, effect, EffectState.UNKNOWN, error="The worker died while it was sending.")
        raise Reschedule("Its write may still be on its way; it is checked after a pause.", SETTLE_S)
    if effect.state == EffectState.UNKNOWN:
        await _ask(job, access, effect)
        effect = await desk.store.read(Effect.get_by_id, effect.id)
    if effect.state == EffectState.PLANNED:
        await desk.store.write(_may_leave, job, desk, effect)
        if effect.kind not in READ_FIRST or await _still_to_do(job, access, effect):
            await _send(job, access, effect)


def _may_leave(job: JobContext, desk: Desk, effect: Effect) -> None:
    """Check that the effect may leave.

    Raises:
        Interrupted: the job ends here. Paused. Reschedule: it can be withdrawn, or an earlier write is open.
    """
    job.must_go_on()
    why = effects.kept_back(effect)
    if why is not None:
        raise Paused(why)
    wait_s = float((effect.not_before - desk.now()).total_seconds())
    if wait_s > 0:
        raise Reschedule(f"It can be withdrawn for {wait_s:.0f} s more.", wait_s)
    earlier = waiting.before(desk, effect)
    if earlier is None:
        return
    wait_s = (earlier.job.scheduled_at - desk.now()).total_seconds()
    outage = jobs.waits_since(earlier.job) is not None
    reason = f"Waits for an earlier write: {earlier.about} (job {earlier.job_id})."
    raise Reschedule(reason, max(wait_s, IN_ORDER_S), outage=outage)


async def _still_to_do(job: JobContext, access: Access, effect: Effect) -> bool:
    """Return whether the effect is still to be sent: confirm what is done already, and stop what was overtaken."""
    seen = await verify_effects.look(access, effect)
    if seen.verdict is Verdict.DONE:
        await _settle(
            job, access.desk, effect, EffectState.CONFIRMED, answer=f"Already done; nothing was sent. {seen.text}"
        )
    elif seen.verdict is Verdict.OVERTAKEN:
        error = f"Not sent, because the order changed on Back Market meanwhile. {seen.text}"
        await _settle(job, access.desk, effect, EffectState.REJECTED, error=error)
    return seen.verdict is Verdict.ABSENT


async def _send(job: JobContext, access: Access, effect: Effect) -> None:
    """Send an effect, once."""
    desk = access.desk
    if effect.kind == EffectKind.MESSAGE:
        await access.care_turn(CARE_TRANSFER if effect.path.endswith("/item-transfer") else CARE_MESSAGE)
    else:
        await access.turn()
    if effect.path == AMOUNT_PATH:
        await access.spend_refund()
    begin_by_s = running_s() + SEND_WITHIN_S

    def mark() -> tuple[int | None, Progress]:
        job.must_go_on()
        waits = Effect.get_by_id(effect.id).state == EffectState.PLANNED
        if waits and (why := booked.differs(effect)):
            effects.settle(desk, effect, EffectState.NEEDS_PERSON, error=why)
            return None, Progress(log=why, log_is_error=True)
        return effects.mark_sending(desk, effect), Progress(log=f"Sending {_summary(effect)}")

    sends = await job.commit(mark)
    if sends is None:
        return
    desk.store.database.know_sends(sends)
    try:
        answer = await access.call(access.channel.send(effects.write_of(effect), begin_by_s=begin_by_s))
    except Reschedule as again:
        # Its turn was over before it left, and the next one is too far away.
        await _settle(job, desk, effect, EffectState.PLANNED, error=str(again))
        raise
    except RuleRefused as error:
        # A file of it is gone or was changed: nothing left.
        await _settle(job, desk, effect, EffectState.REJECTED, error=str(error))
        return
    except ChannelError as error:
        if error.may_have_applied:
            await _settle(job, desk, effect, EffectState.UNKNOWN, error=str(error))
            raise Reschedule(f"{error.message} Whether it took effect is checked later.", SETTLE_S) from error
        if error.transient or isinstance(error, Unauthorised):
            await _settle(job, desk, effect, EffectState.PLANNED, error=str(error))
            if isinstance(error, TooLate):
                raise Reschedule(error.message, 0.0) from error
            raise
        if isinstance(error, Refused) and effect.expected.get("guarded", True):
            await _refused(job, access, effect, error)
            return
        await _settle(job, desk, effect, EffectState.REJECTED, error=str(error))
        return
    await _prove(job, access, effect, answer)


async def _prove(job: JobContext, access: Access, effect: Effect, answer: Answer) -> None:
    """Confirm the effect when Back Market shows it: an answer of 200 alone proves nothing (API §11).

    An effect that does not show at once is read once more after a rest, by `_ask`.
    """
    settle = partial(_settle, job, access.desk, effect, answer=_short(answer.body), status=answer.status)
    try:
        seen = await verify_effects.proof(access, effect, answer.body)
    except (ChannelError, Reschedule) as error:
        await settle(EffectState.UNKNOWN, error=f"It was answered with {answer.status}, and could not be read: {error}")
        raise
    if seen is None or seen.verdict is Verdict.DONE:
        await settle(EffectState.CONFIRMED)
        return
    why = f"It was answered with {answer.status}, but Back Market does not show it. {seen.text}"
    await settle(EffectState.UNKNOWN, error=why)
    raise Reschedule(f"{why} It is read once more after a pause.", SETTLE_S)


async def _refused(job: JobContext, access: Access, effect: Effect, error: Refused) -> None:
    """Settle a refusal, which can mean "already so", by what the channel shows (API §6)."""
    if (await verify_effects.look(access, effect)).verdict is Verdict.DONE:
        await _settle(job, access.desk, effect, EffectState.CONFIRMED, answer=f"Already so: {error.words}")
    else:
        await _settle(job, access.desk, effect, EffectState.REJECTED, error=str(error))


async def _ask(job: JobContext, access: Access, effect: Effect) -> None:
    """Settle an open outcome by reading what the channel shows (reliability §1)."""
    await job.checkpoint()
    seen = await verify_effects.look(access, effect)
    settle = partial(_settle, job, access.desk, effect)
    if seen.verdict is Verdict.DONE:
        await settle(EffectState.CONFIRMED, answer=f"Seen there. {seen.text}")
    elif effect.answer_status is not None and (seen.verdict is Verdict.ABSENT or effect.kind not in MONEY):
        error = await access.desk.store.read(verify_effects.not_applied, effect, seen)
        await settle(EffectState.NOT_APPLIED, error=error)
    elif seen.verdict is Verdict.ABSENT and effect.attempts < MAX_SENDS:
        await settle(EffectState.PLANNED, error="Not on Back Market; it will be sent again.")
    else:
        await settle(EffectState.NEEDS_PERSON, error=f"{effect.error} {seen.text}".strip())


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
        done = effects.states_of(job.claim.job_id)
        good = done.count(EffectState.CONFIRMED)
        bad = sum(map(done.count, _FAILED))
        text = f"{state.label}. {answer or error}".strip()
        return None, Progress(
            processed=good + bad, succeeded=good, failed=bad, log=text, log_is_error=state != EffectState.CONFIRMED
        )

    await job.commit(write)


async def _reread(job: JobContext, access: Access, order_id: int) -> None:
    """Read the order again and store it; a failure does not change the state of the effect."""
    desk = access.desk
    try:
        await access.turn()
        fresh = await access.call(access.channel.order(order_id))
        order = read_order(fresh)

        def take() -> tuple[None, Progress]:
            ingest.refresh(desk, access.company.id, order, job.claim.job_id)
            return None, Progress(phase="done", log="The order was re-read.")

        await job.commit(take)
    except ChannelError as error:
        await job.note(Progress(log=f"The order could not be re-read: {error}", log_is_error=True))


def _outcome(job_id: int) -> Outcome:
    rows = effects.of_job(job_id)
    states = [row.state for row in rows]
    output = {"effects": {str(row.id): row.state for row in rows}}
    unsettled = [row for row in rows if row.state == EffectState.NEEDS_PERSON]
    failed = [row for row in rows if row.state in _FAILED]
    if unsettled:
        error = (
            f"{unsettled[0].error} Look in the Back Office, then say what you saw: "
            f"'bmtui outbox settle {unsettled[0].id} --happened' or '--did-not-happen'."
        )
        return Outcome(output, JobStatus.FAILED, error, OutcomeUnknown.__name__)
    if failed:
        status = JobStatus.PARTIAL_SUCCESS if EffectState.CONFIRMED in states else JobStatus.FAILED
        kind = NotApplied if failed[0].state == EffectState.NOT_APPLIED else Refused
        return Outcome(output, status, failed[0].error, kind.__name__)
    if rows and states.count(EffectState.WITHDRAWN) == len(rows):
        return Outcome(output, JobStatus.CANCELLED)
    return Outcome(output)


def _summary(effect: Effect) -> str:
    """Return the request of the effect for the log; for a message without its text, which not every reader may see."""
    if effect.kind == EffectKind.MESSAGE:
        return f"{effect.method} {effect.path}"
    return request_line(effects.write_of(effect))


def _short(body: object) -> str:
    """Return an answer in short for a person: of a text its first 500 characters, of an order only its state."""
    if isinstance(body, dict):
        return f"Order in state {body['state']}." if "state" in body else ""
    return str(body)[:500]
