"""Repair of plans made while the clock was ahead: once it is right, their undo window begins now (reliability §1)."""

from __future__ import annotations

from typing import Any

from bmtui.desk.companies import undo_windows
from bmtui.desk.core.context import Desk
from bmtui.queue import clock_steps
from bmtui.store.models import Effect, Job, to_micros
from bmtui.words import EffectState

_LONGEST_US = undo_windows.LONGEST_S * 1_000_000


def mend(desk: Desk) -> int:
    """Make effects and jobs due that wait only because the clock was ahead; return their number. Workers call it often.

    A shipment that waits for an hour of the day keeps that hour, as nobody can tell by which clock it was meant.
    """
    mended = clock_steps.wake(desk.store)
    if not Effect.select().where(_planned_ahead(desk)).exists():
        return mended
    with desk.store.transaction():
        now = desk.now()
        for effect in list(Effect.select().where(_planned_ahead(desk))):
            window = effect.not_before - effect.made_at
            Effect.update(not_before=now + window).where(Effect.id == effect.id).execute()
            Job.update(scheduled_at=now + window).where(
                (Job.id == effect.job_id) & (Job.scheduled_at > now + window)
            ).execute()
            mended += 1
    return mended


def ahead(desk: Desk) -> int:
    """Count the effects and jobs that were planned later than now."""
    jobs = Job.select().where(clock_steps.rests_in_future()).count()
    return int(Effect.select().where(_planned_ahead(desk)).count() + jobs)


def _planned_ahead(desk: Desk) -> Any:
    window = Effect.not_before - Effect.made_at
    later = Effect.made_at > to_micros(desk.now() + clock_steps.SLACK)
    # A repaired effect has its time to leave before its time of planning.
    return (Effect.state == EffectState.PLANNED) & later & (window >= 0) & (window <= _LONGEST_US)
