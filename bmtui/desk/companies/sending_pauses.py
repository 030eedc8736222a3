"""Kill switch: while a pause stands, no effect leaves; by a person for all or one company, or for a refused token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.errors import RuleRefused
from bmtui.queue import jobs
from bmtui.store.models import Company, Effect, Job, Pause
from bmtui.store.plain_sql import fetch
from bmtui.text import plain
from bmtui.words import EFFECT_LIVE, JobStatus

ALL = "all"
PERSON, TOKEN, SHADOW = "person", "token", "shadow"
"""Causes of a pause: a person, a token that Back Market refused, another system at work (reliability §1)."""


@dataclass(frozen=True, slots=True)
class PauseView:
    """Pause that stands; `company` is '' when it holds for all companies."""

    company: str
    cause: str
    reason: str
    at: datetime
    made_by: str

    @property
    def sentence(self) -> str:
        if self.cause == SHADOW:
            return f"{self.company} is in shadow: it is read and compared, and nothing is sent for it."
        if self.cause == TOKEN:
            return f"Back Market refused the token of {self.company}: nothing is sent until it has a new one."
        whose = f" for {self.company}" if self.company else ""
        stop = "" if self.reason.endswith((".", "!", "?", "…")) else "."
        return f"Sending is paused{whose} by {self.made_by}: {self.reason}{stop}"


def pause(desk: Desk, reason: str = "") -> PauseView:
    """Stop all sending, of the company in view or of all. A request that is being sent at this moment is finished.

    Raises:
        RuleRefused: it is paused already.
    """
    desk.must_write()
    reason = plain(reason).strip() or "no reason given"
    with desk.store.transaction():
        scope, company_id = _scope(desk)
        if Pause.get_or_none((Pause.scope == scope) & (Pause.cause == PERSON)) is not None:
            raise RuleRefused("Sending is paused already; nothing was changed.", "See 'bmtui outbox list'.")
        put(desk, scope, PERSON, reason)
        audit.record(desk, "outbox.paused", f"Sending was paused: {reason}", company_id=company_id)
        return standing(desk)[0]


def resume(desk: Desk) -> int:
    """Resume sending, of the company in view or of all; return the number of effects that wait.

    Raises:
        RuleRefused: no person paused it.
    """
    desk.must_write()
    with desk.store.transaction():
        scope, company_id = _scope(desk)
        if not Pause.delete().where((Pause.scope == scope) & (Pause.cause == PERSON)).execute():
            whose = f"for {desk.company}" if desk.company else "for all companies"
            raise RuleRefused(f"Sending is not paused {whose}.", _other_pauses(desk))
        audit.record(desk, "outbox.resumed", "Sending was resumed.", company_id=company_id)
        return wake()


def stop_for_token(desk: Desk, company: Company) -> None:
    """Pause the company because Back Market refused its token; none of its effects leaves before it has a new one."""
    with desk.store.transaction():
        if not token_refused(company.id):
            reason = "Back Market refused the token."
            put(desk, str(company.id), TOKEN, reason)
            audit.record(desk, "outbox.paused", f"{company.name}: {reason}", company_id=company.id)
            events.happened(desk, "token.refused", {}, company_id=company.id)


def token_works(desk: Desk, company: Company) -> None:
    """End the company's pause for a refused token, as a new or accepted one is there. Waiting effects leave."""
    if not token_refused(company.id):
        return
    with desk.store.transaction():
        Pause.delete().where((Pause.scope == str(company.id)) & (Pause.cause == TOKEN)).execute()
        audit.record(desk, "outbox.resumed", f"{company.name} has a token to try.", company_id=company.id)
        wake()


def token_refused(company_id: int) -> bool:
    """Return whether Back Market refused the company's token, and it has no new one yet."""
    return Pause.get_or_none((Pause.scope == str(company_id)) & (Pause.cause == TOKEN)) is not None


def of_company(company_id: int) -> PauseView | None:
    """Return the oldest pause that keeps the company's effects from leaving, or None."""
    scopes = (ALL, str(company_id))
    # By SQL first: each step of a write asks, and mostly nothing is paused.
    if not fetch("SELECT 1 FROM pauses WHERE scope IN (?, ?) LIMIT 1", scopes):
        return None
    return next(_views(Pause.select().where(Pause.scope.in_(scopes)).order_by(Pause.at)), None)


def standing(desk: Desk) -> tuple[PauseView, ...]:
    """Return the pauses that concern the company in view, or all of them; newest first."""
    query = Pause.select()
    if desk.company:
        query = query.where(Pause.scope.in_([ALL, str(desk.company_row().id)]))
    return tuple(_views(query.order_by(Pause.at.desc())))


def _views(rows: Iterable[Pause]) -> Iterator[PauseView]:
    found = list(rows)
    if not found:
        return iter(())
    names = {str(row.id): row.name for row in Company.select(Company.id, Company.name)}
    return (PauseView(names.get(row.scope, ""), row.cause, row.reason, row.at, row.made_by) for row in found)


def put(desk: Desk, scope: str, cause: str, reason: str) -> None:
    """Insert a pause, inside the caller's transaction; `scope` is `ALL` or a company's id as text."""
    Pause.insert(scope=scope, cause=cause, reason=reason, at=desk.now(), made_by=desk.actor).execute()


def _scope(desk: Desk) -> tuple[str, int | None]:
    if not desk.company:
        return ALL, None
    company_id = desk.company_row().id
    return str(company_id), company_id


def wake() -> int:
    """Make the jobs of live effects due now, inside the caller's transaction; return the number of live effects.

    An undo window that is still open holds all the same.
    """
    live = Effect.select(Effect.job).where(Effect.state.in_(EFFECT_LIVE))
    Job.update(scheduled_at=jobs.now_utc()).where((Job.status == JobStatus.SUBMITTED) & Job.id.in_(live)).execute()
    return int(Effect.select().where(Effect.state.in_(EFFECT_LIVE)).count())


def _other_pauses(desk: Desk) -> str:
    return " ".join(view.sentence for view in standing(desk)) or "Nothing stops it from being sent."
