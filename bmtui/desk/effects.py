"""The outbox: what is to be written to the channel, stored before it is sent (reliability §1).

    planned ──> sending (committed before the bytes leave) ──> confirmed
    sending ──> planned | rejected        provably not applied
    sending ──> unknown                   time-out, broken connection, 5xx, a worker that died
    unknown ──> confirmed | planned       settled by reading the order, where its state guards against a second time
    unknown ──> needs_person              a partial refund whose absence nobody can prove is never sent again by itself

Every function joins the caller's transaction; a refund follows its effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bmtui.channel.requests import WriteRequest
from bmtui.desk import audit, ledger
from bmtui.desk.context import Desk
from bmtui.errors import Interrupted, NotFound, RuleRefused
from bmtui.store.models import Company, Effect, Order, Refund
from bmtui.words import EFFECT_LIVE, EffectState, RefundState

_REFUND_STATES = {
    EffectState.PLANNED: RefundState.QUEUED,
    EffectState.SENDING: RefundState.SENDING,
    EffectState.CONFIRMED: RefundState.CONFIRMED,
    EffectState.REJECTED: RefundState.FAILED,
    EffectState.UNKNOWN: RefundState.UNKNOWN,
    EffectState.NEEDS_PERSON: RefundState.UNKNOWN,
    EffectState.WITHDRAWN: RefundState.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class EffectView:
    """An effect as the outbox shows it: what was or will be sent, and what is known of it."""

    effect_id: int
    kind: str
    company: str
    order_id: int
    refund_id: int | None
    job_id: int
    method: str
    path: str
    body: dict[str, Any]
    state: str
    made_at: datetime
    made_by: str
    sending_at: datetime | None
    settled_at: datetime | None
    answer_status: int | None
    answer: str
    error: str


def line_target(company_id: int, line_id: int) -> str:
    """What a write to one line acts on: only one live effect may have it."""
    return f"{company_id}:line:{line_id}"


def plan(
    desk: Desk,
    kind: str,
    order: Order,
    write: WriteRequest,
    *,
    target: str,
    expected: dict[str, Any],
    job_id: int,
    refund: Refund | None = None,
) -> None:
    """Store the intent.

    Raises:
        RuleRefused: a write to the same target is not settled yet.
    """
    if live_on(target):
        raise RuleRefused("Something for the same line is on its way to Back Market.", "Wait until it is settled.")
    Effect.create(
        kind=kind,
        target=target,
        company=order.company_id,
        order=order,
        refund=refund,
        job=job_id,
        method=write.method,
        path=write.path,
        body=dict(write.body),
        expected=expected,
        state=EffectState.PLANNED,
        made_at=desk.now(),
        made_by=desk.actor,
    )


def live_on(target: str) -> bool:
    """Whether an effect on `target` is not settled."""
    return bool(Effect.select().where((Effect.target == target) & Effect.state.in_(EFFECT_LIVE)).exists())


def of_job(job_id: int) -> list[Effect]:
    """The effects of a job, in the order in which they were planned."""
    return list(Effect.select().where(Effect.job == job_id).order_by(Effect.id))


def write_of(effect: Effect) -> WriteRequest:
    return WriteRequest(effect.method, effect.path, effect.body)


def mark_sending(desk: Desk, effect: Effect) -> None:
    """Claim the effect for this attempt; must be committed before a byte is sent.

    Raises:
        Interrupted: it was withdrawn, or somebody else has it.
    """
    planned = (Effect.id == effect.id) & (Effect.state == EffectState.PLANNED)
    sent = Effect.update(state=EffectState.SENDING, sending_at=desk.now(), attempts=Effect.attempts + 1)
    if sent.where(planned).execute() != 1:
        raise Interrupted("What was to be sent was withdrawn.")
    _refund_follows(effect, EffectState.SENDING, "")


def settle(
    desk: Desk, effect: Effect, state: EffectState, *, error: str = "", answer: str = "", status: int | None = None
) -> None:
    """Record what became of the effect."""
    ended = state not in EFFECT_LIVE
    Effect.update(
        state=state,
        error=error,
        answer=answer or Effect.answer,
        answer_status=status if status is not None else Effect.answer_status,
        settled_at=desk.now() if ended else None,
    ).where(Effect.id == effect.id).execute()
    _refund_follows(effect, state, error)
    if ended and effect.refund_id is not None:
        amount = ledger.describe(Refund.get_by_id(effect.refund_id))
        audit.record(
            desk,
            f"{effect.kind}.{state}",
            f"{amount}: {state.label}." + (f" {error}" if error else ""),
            company_id=effect.company_id,
            order_row=effect.order_ref,
            after={"state": state, "answer": answer, "error": error},
        )


def withdraw_planned(desk: Desk, job_id: int) -> int:
    """Withdraw what of the job was not sent; returns how many effects that were.

    Raises:
        RuleRefused: something was sent, and nobody knows yet what became of it.
    """
    withdrawn = 0
    for effect in of_job(job_id):
        if effect.state in (EffectState.SENDING, EffectState.UNKNOWN):
            raise RuleRefused(
                "It was sent already, and its outcome is not known yet; it cannot be withdrawn.",
                "Wait until the job has asked Back Market.",
            )
        if effect.state == EffectState.PLANNED:
            settle(desk, effect, EffectState.WITHDRAWN)
            withdrawn += 1
    return withdrawn


def fail_planned(desk: Desk, job_id: int, reason: str) -> None:
    """The job gave up: what was provably not sent has failed, and its amount is refundable again."""
    for effect in of_job(job_id):
        if effect.state == EffectState.PLANNED:
            settle(desk, effect, EffectState.REJECTED, error=reason)


def listing(desk: Desk, *, everything: bool = False, limit: int = 200) -> tuple[EffectView, ...]:
    """What waits to be sent and what is not known, newest first; with `everything`, also what is settled."""
    query = Effect.select(Effect, Order, Company).join(Order).join(Company)
    if not everything:
        query = query.where(Effect.state.in_(EFFECT_LIVE))
    if desk.company:
        query = query.where(Company.name == desk.company)
    return tuple(_view(effect) for effect in query.order_by(Effect.id.desc()).limit(limit))


def withdraw(desk: Desk, effect_id: int) -> EffectView:
    """Withdraw one effect that was not sent; a refund's amount is refundable again.

    Raises:
        NotFound, RuleRefused: it was sent, or is settled.
    """
    desk.must_write()
    with desk.store.transaction():
        effect = _get(effect_id)
        if effect.state != EffectState.PLANNED:
            raise RuleRefused(f"It is {EffectState(effect.state).label}; only what was not sent can be withdrawn.")
        settle(desk, effect, EffectState.WITHDRAWN)
        return _view(_get(effect_id))


def settle_by_person(desk: Desk, effect_id: int, *, happened: bool) -> EffectView:
    """A person looked at Back Market and says whether the effect took place.

    Raises:
        NotFound, RuleRefused: nobody asked.
    """
    desk.must_write()
    with desk.store.transaction():
        effect = _get(effect_id)
        if effect.state != EffectState.NEEDS_PERSON:
            raise RuleRefused(f"It is {EffectState(effect.state).label}; no person needs to settle it.")
        said = f"{desk.actor} says that it {'happened' if happened else 'did not happen'}."
        settle(desk, effect, EffectState.CONFIRMED if happened else EffectState.REJECTED, error=said)
        return _view(_get(effect_id))


def _get(effect_id: int) -> Effect:
    effect = Effect.get_or_none(Effect.id == effect_id)
    if effect is None:
        raise NotFound(f"There is no effect {effect_id} in the outbox.", "See 'bmtui outbox list --all'.")
    return effect


def _refund_follows(effect: Effect, state: EffectState, error: str) -> None:
    if effect.refund_id is not None:
        ledger.settle(Refund.get_by_id(effect.refund_id), _REFUND_STATES[state], error)


def _view(effect: Effect) -> EffectView:
    return EffectView(
        effect_id=effect.id,
        kind=effect.kind,
        company=effect.company.name,
        order_id=effect.order.order_id,
        refund_id=effect.refund_id,
        job_id=effect.job_id,
        method=effect.method,
        path=effect.path,
        body=effect.body,
        state=effect.state,
        made_at=effect.made_at,
        made_by=effect.made_by,
        sending_at=effect.sending_at,
        settled_at=effect.settled_at,
        answer_status=effect.answer_status,
        answer=effect.answer,
        error=effect.error,
    )
