"""Unfinished work when a person leaves: writes that wait or are being sent, and jobs that a person began."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from peewee import JOIN

from bmtui.desk.core import needs_attention
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import effects
from bmtui.queue.liveness import living
from bmtui.store.models import Company, Effect, Job, Order
from bmtui.words import (
    EFFECT_IN_HAND,
    EFFECT_OF_PERSON,
    JOB_LIVE,
    SENDING_JOBS,
    EffectKind,
    EffectState,
    JobStatus,
    Priority,
    label,
)

_NAMES = {
    EffectKind.ACCEPT: ("acceptance", "acceptances"),
    EffectKind.CANCEL_ON_CHANNEL: ("cancellation", "cancellations"),
    EffectKind.SHIP: ("shipment", "shipments"),
    EffectKind.IDENTIFIERS: ("registration of an IMEI", "registrations of IMEIs"),
    EffectKind.REFUND: ("refund", "refunds"),
    EffectKind.INVOICE: ("invoice", "invoices"),
    EffectKind.MESSAGE: ("message", "messages"),
}
NAMED = 5
"""Number of unknown outcomes that are named one by one."""
_FAILED = (JobStatus.FAILED, JobStatus.PARTIAL_SUCCESS)


@dataclass(frozen=True, slots=True)
class Remaining:
    """Unfinished work at one moment.

    Attributes:
        waiting, sending, asking: effects that wait to be sent, are being sent, or whose outcome is being looked up; in
            words, such as ``2 refunds and 1 shipment``, or ''.
        leaves_at: when the last of the waiting effects may leave.
        jobs: other jobs that a person began, in words, or ''.
        job_ids: jobs of all these, to wait for.
        kept: reasons for effects that wait for a person and not for time, a sentence each.
        elsewhere: a worker of another process runs, and does all this.
        unknown: writes whose outcome a person must settle, each in words.
    """

    waiting: str
    sending: str
    asking: str
    leaves_at: datetime | None
    jobs: str
    job_ids: tuple[int, ...]
    kept: tuple[str, ...]
    elsewhere: bool
    unknown: tuple[str, ...] = ()

    def sentences(self, now: datetime) -> tuple[str, ...]:
        """Return the unfinished work, a sentence each; none if there is none."""
        left = math.ceil((self.leaves_at - now).total_seconds()) if self.leaves_at else 0
        last = f"; sent within {left:,} s" if left > 0 else ""
        found = (
            f"In the outbox: {self.waiting}{last}." if self.waiting else "",
            f"Being sent: {self.sending}." if self.sending else "",
            f"Checked on Back Market now: {self.asking}." if self.asking else "",
            f"Not done: {self.jobs}." if self.jobs else "",
            *self.kept,
            self._nobody_knows,
        )
        return tuple(sentence for sentence in found if sentence)

    @property
    def _nobody_knows(self) -> str:
        named = "; ".join(self.unknown[:NAMED])
        more = f"; and {len(self.unknown) - NAMED:,} more" if len(self.unknown) > NAMED else ""
        return f"Outcome unknown: {named}{more}. Settle it in the outbox." if self.unknown else ""


def of(desk: Desk, mine: int = 0) -> Remaining:
    """Return the workers' unfinished work, of all companies; `mine` workers are this process's own."""
    rows = list(Effect.select(Effect, Job).join(Job).where(Effect.state.in_(EFFECT_IN_HAND)).order_by(Effect.id))
    free: list[Effect] = []
    kept: Counter[str] = Counter()
    # The reason is the same for all effects of a kind and company: look it up once.
    known: dict[tuple[int, str], str | None] = {}
    for effect in rows:
        alike = (effect.company_id, effect.kind)
        if alike not in known:
            known[alike] = effects.kept_back(effect)
        why = "Its job is on hold." if effect.job.status == JobStatus.ON_HOLD else known[alike]
        if why and effect.state == EffectState.PLANNED:
            kept[why] += 1
        else:
            free.append(effect)
    waiting = [effect for effect in free if effect.state == EffectState.PLANNED]
    # The next worker starts scheduled jobs again by itself: a person need not wait for them.
    begun = (Job.priority > Priority.BELOW_NORMAL.rank) & Job.type.not_in(list(SENDING_JOBS.values()))
    live = Job.status.in_([status for status in JOB_LIVE if status != JobStatus.ON_HOLD])
    others = list(Job.select().where(live & begun).order_by(Job.id))
    return Remaining(
        waiting=counted(effect.kind for effect in waiting),
        sending=counted(effect.kind for effect in free if effect.state == EffectState.SENDING),
        asking=counted(effect.kind for effect in free if effect.state == EffectState.UNKNOWN),
        leaves_at=max((max(effect.not_before, effect.job.scheduled_at) for effect in waiting), default=None),
        jobs=_and(f"{number:,} × {label(kind)}" for kind, number in Counter(job.type for job in others).items()),
        job_ids=tuple(dict.fromkeys([*(effect.job_id for effect in free), *(job.id for job in others)])),
        kept=tuple(f"{n} in the outbox stay{'s' if n == 1 else ''} there. {why}" for why, n in kept.items()),
        elsewhere=len(living(desk.store)) > (mine if desk.store.database.may_work() else 0),
        unknown=tuple(map(_named, _of_person(desk))),
    )


def _of_person(desk: Desk) -> list[Effect]:
    query = Effect.select(Effect, Order).join(Order, JOIN.LEFT_OUTER).where(needs_attention.of_person())
    if desk.company:
        query = query.where(Effect.company.in_(Company.select(Company.id).where(Company.name == desk.company)))
    return list(query.order_by(Effect.id))


def _named(effect: Effect) -> str:
    what = effect.about or label(EffectKind(effect.kind))
    return f"{what} of order {effect.order.order_id}" if effect.order is not None else what


def failed(desk: Desk, job_ids: Collection[int]) -> bool:
    """Return whether one of these jobs failed, or the outcome of one of their effects needs a person."""
    mine = Job.select().where(Job.id.in_(list(job_ids)) & Job.status.in_(_FAILED))
    open_ = Effect.select().where(Effect.job.in_(list(job_ids)) & Effect.state.in_(EFFECT_OF_PERSON))
    return bool(mine.exists() or open_.exists())


def counted(kinds: Iterable[str]) -> str:
    """Return the numbers of effects by kind, in words: ``2 refunds and 1 shipment``; '' for none."""
    return _and(f"{number:,} {_NAMES[EffectKind(kind)][number > 1]}" for kind, number in Counter(kinds).items())


def _and(parts: Iterable[str]) -> str:
    *first, last = [*parts] or [""]
    return f"{', '.join(first)} and {last}" if first else last
