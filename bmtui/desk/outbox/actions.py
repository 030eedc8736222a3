"""Outbox actions: list waiting and unknown writes, withdraw them, and settle them by a person (reliability §1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import JOIN, fn

from bmtui.channel.requests import WriteRequest
from bmtui.desk.core import needs_attention
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import effects
from bmtui.desk.outbox.review import request_line
from bmtui.errors import NotFound, RuleRefused
from bmtui.queue import jobs
from bmtui.store.models import Company, Effect, Job, Order
from bmtui.words import EFFECT_IN_HAND, EFFECT_LIVE, EFFECT_OF_PERSON, EffectKind, EffectState, label

SOON = timedelta(minutes=1)
"""Time within which a write counts as leaving soon: it is counted down and can be taken back by one key."""
_AT_ONCE = 500
"""Jobs in one query."""
_OF_REFUNDS = (EffectKind.REFUND, EffectKind.CANCEL_ON_CHANNEL)
"""Kinds whose subject is a refund."""


@dataclass(frozen=True, slots=True)
class EffectView:
    """View of an effect: its request, its state and its outcome.

    `not_before` is the end of its undo window; `order_id` is None if the effect belongs to no order of the store.
    """

    effect_id: int
    kind: str
    company: str
    order_id: int | None
    refund_id: int | None
    job_id: int
    about: str
    method: str
    path: str
    body: dict[str, Any]
    state: str
    made_at: datetime
    made_by: str
    not_before: datetime
    sending_at: datetime | None
    settled_at: datetime | None
    answer_status: int | None
    answer: str
    error: str
    attempts: int
    waits_since: datetime | None
    """Time since when its job waits for Back Market, which cannot be reached."""

    @property
    def state_label(self) -> str:
        """State of the effect as a person reads it."""
        return EffectState(self.state).label

    @property
    def request(self) -> str:
        """Request in one line: method, path and body; for a form its fields and files."""
        return request_line(WriteRequest(self.method, self.path, self.body))


def summary(views: Sequence[EffectView]) -> str:
    """Return the effects of a job in a few words: ``order 80101442, 2 refunds``."""
    from bmtui.desk.outbox import unsent

    first = views[0]
    what = unsent.counted(view.kind for view in views) if len(views) > 1 else first.about or label(first.kind)
    return f"order {first.order_id}, {what}" if first.order_id else what


def listing(desk: Desk, *, everything: bool = False, limit: int = 200) -> tuple[EffectView, ...]:
    """Return the effects that wait or whose outcome is unknown, newest first; `everything`: also settled ones."""
    query = _query()
    if not everything:
        query = query.where(Effect.state.in_(EFFECT_LIVE) | needs_attention.of_person())
    if desk.company:
        query = query.where(Company.name == desk.company)
    return tuple(_view(effect) for effect in query.order_by(Effect.id.desc()).limit(limit))


def show(desk: Desk, effect_id: int) -> EffectView:
    """Return an effect. Raises NotFound."""
    return _view(_get(effect_id))


def kept_back(desk: Desk, effect_id: int) -> str | None:
    """Return the reason why the effect may not leave now, as a sentence, or None. Raises NotFound."""
    return effects.kept_back(_get(effect_id))


def of_order(desk: Desk, order: Order) -> tuple[EffectView, ...]:
    """Return the effects of an order that are not settled, oldest first."""
    mine = (Effect.order == order) & (Effect.state.in_(EFFECT_LIVE) | needs_attention.of_person())
    return tuple(_view(effect) for effect in _query().where(mine).order_by(Effect.id))


def of_job(desk: Desk, job_id: int) -> tuple[EffectView, ...]:
    """Return the effects of a job, in the order in which they were planned."""
    return tuple(_view(effect) for effect in _query().where(Effect.job == job_id).order_by(Effect.id))


def states_of_jobs(desk: Desk, job_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return the states of these jobs' effects, by job."""
    found: dict[int, tuple[str, ...]] = {}
    for begin in range(0, len(job_ids), _AT_ONCE):
        mine = Effect.job.in_(list(job_ids[begin : begin + _AT_ONCE]))
        for row in list(Effect.select(Effect.job, Effect.state).where(mine).order_by(Effect.id)):
            found[row.job_id] = (*found.get(row.job_id, ()), row.state)
    return found


def take_back_jobs(desk: Desk, job_ids: Sequence[int]) -> int:
    """Withdraw this person's effects of these jobs that were not sent; return their number."""
    desk.must_write()
    taken = 0
    with desk.store.transaction():
        for begin in range(0, len(job_ids), _AT_ONCE):
            mine = Effect.job.in_(list(job_ids[begin : begin + _AT_ONCE])) & (Effect.made_by == desk.actor)
            for effect in list(_query().where(mine & (Effect.state == EffectState.PLANNED)).order_by(Effect.id)):
                effects.settle(desk, effect, EffectState.WITHDRAWN)
                taken += 1
    return taken


def newest(desk: Desk) -> int:
    """Return the id of the newest effect; 0 without any."""
    return int(Effect.select(fn.MAX(Effect.id)).scalar() or 0)


def planned_since(desk: Desk, effect_id: int) -> tuple[tuple[str, str], ...]:
    """Return kind and state of each effect that this person planned after the given one."""
    mine = (Effect.id > effect_id) & (Effect.made_by == desk.actor)
    return tuple((row.kind, row.state) for row in list(Effect.select(Effect.kind, Effect.state).where(mine)))


def withdraw(desk: Desk, effect_id: int) -> EffectView:
    """Withdraw an effect that was not sent; a refund's amount is refundable again.

    Raises:
        NotFound, RuleRefused: it was sent, or is settled.
    """
    desk.must_write()
    with desk.store.transaction():
        effect = _get(effect_id)
        if effect.state != EffectState.PLANNED:
            raise RuleRefused(f"It is {EffectState(effect.state).label}; only what was not sent can be withdrawn.")
        effects.settle(desk, effect, EffectState.WITHDRAWN)
        return _view(_get(effect_id))


def take_back(desk: Desk) -> tuple[EffectView, ...]:
    """Withdraw the last job of this person that was not sent; returns all its effects.

    An effect that does not leave soon, such as a shipment that waits for the morning, is withdrawn only if none of the
    person's later effects has left: a person who is too late to undo a write does not mean an earlier one.

    Raises:
        RuleRefused: none of the person's effects waits any more, or their last one has left.
    """
    desk.must_write()
    with desk.store.transaction():
        mine = _query().where(Effect.made_by == desk.actor).order_by(Effect.id.desc())
        last = mine.where(Effect.state == EffectState.PLANNED).first()
        if last is None:
            raise RuleRefused("Nothing of yours waits to be sent any more.")
        gone = (Effect.id > last.id) & Effect.state.not_in([EffectState.PLANNED, EffectState.WITHDRAWN])
        left = mine.where(gone).first()
        if left is not None and not timedelta() < last.not_before - desk.now() <= SOON:
            raise RuleRefused(
                f"It has left already: {summary([_view(left)])}.",
                f"What you did before it still waits, {summary([_view(last)])}: withdraw it in the outbox.",
            )
        effects.withdraw_planned(desk, last.job_id)
        return of_job(desk, last.job_id)


def settle_by_person(desk: Desk, effect_id: int, *, happened: bool) -> EffectView:
    """Settle an effect as a person saw it on Back Market: it happened, or not.

    An identifier that Back Market ignored, and that did not happen, is kept here.

    Raises:
        NotFound, RuleRefused: no person needs to settle it, or the refund's amount was given back meanwhile.
    """
    desk.must_write()
    with desk.store.transaction():
        effect = _get(effect_id)
        if effect.state not in EFFECT_OF_PERSON:
            raise RuleRefused(f"It is {EffectState(effect.state).label}; no person needs to settle it.")
        if happened and effect.state == EffectState.NOT_APPLIED and effect.kind == EffectKind.REFUND:
            raise RuleRefused(
                "Back Market showed that this refund was not made, and its amount is refundable again.",
                "If the buyer got the money after all, download the order: what Back Market shows is booked.",
            )
        said = f"{desk.actor} says that it {'happened' if happened else 'did not happen'}."
        effects.settle(desk, effect, EffectState.CONFIRMED if happened else EffectState.REJECTED, error=said)
        return _view(_get(effect_id))


def _query() -> Any:
    query = Effect.select(Effect, Order, Company, Job).join(Order, JOIN.LEFT_OUTER).switch(Effect).join(Company)
    return query.switch(Effect).join(Job)


def _get(effect_id: int) -> Effect:
    effect: Effect | None = _query().where(Effect.id == effect_id).first()
    if effect is None:
        raise NotFound(f"There is no effect {effect_id} in the outbox.", "See 'bmtui outbox list --all'.")
    return effect


def _view(effect: Effect) -> EffectView:
    return EffectView(
        effect_id=effect.id,
        kind=effect.kind,
        company=effect.company.name,
        order_id=effect.order.order_id if effect.order is not None else None,
        refund_id=effect.subject_id if effect.kind in _OF_REFUNDS else None,
        job_id=effect.job_id,
        about=effect.about,
        method=effect.method,
        path=effect.path,
        body=effect.body,
        state=effect.state,
        made_at=effect.made_at,
        made_by=effect.made_by,
        not_before=effect.not_before,
        sending_at=effect.sending_at,
        settled_at=effect.settled_at,
        answer_status=effect.answer_status,
        answer=effect.answer,
        error=effect.error,
        attempts=effect.attempts,
        waits_since=jobs.waits_since(effect.job) if effect.state in EFFECT_IN_HAND else None,
    )
