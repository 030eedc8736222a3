"""Effects: writes to the channel, stored before they are sent, and their states (reliability §1).

    planned ──> sending (committed before the bytes leave) ──> confirmed
    sending ──> planned | rejected        provably not applied
    sending ──> unknown                   time-out, broken connection, 5xx, a worker that died
    unknown ──> confirmed | planned       settled by reading, if the reading guards against a second time
    unknown ──> not_applied               answered with 200, and the reading shows that nothing was done
    unknown ──> needs_person              a partial refund: its absence cannot be proved, so it is never sent again

Every function joins the caller's transaction; the row that an effect is about follows its states (`Desk.followers`).
Actions of a person are in `actions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bmtui.channel.requests import WriteRequest
from bmtui.desk.companies import sending_pauses, shadow, undo_windows
from bmtui.desk.core import audit, personal_data
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.errors import Interrupted, RuleRefused
from bmtui.queue import jobs
from bmtui.store import bulk, event_rows
from bmtui.store.models import Company, Effect, Order
from bmtui.store.plain_sql import fetch
from bmtui.words import EFFECT_LIVE, SENDING_JOBS, EffectKind, EffectState, Priority

_MOVES = (EffectKind.ACCEPT, EffectKind.CANCEL_ON_CHANNEL, EffectKind.SHIP, EffectKind.REFUND)
"""Kinds that change the state of lines on the channel."""
_TOGGLES = {
    EffectKind.SHIP: ("allow_fulfillment_upload", "Allow Fulfillment Upload"),
    EffectKind.IDENTIFIERS: ("enable_imei_update", "Enable IMEI# Update On Orders"),
}
"""Setting of the company that must be on for a kind to be sent (order-desk §1, item 1)."""


_REFUSED = (EffectState.REJECTED, EffectState.NOT_APPLIED)


class Paused(Interrupted):
    """Refusal to send while a pause or a toggle stands against it; `message` says which, and by whom."""


def line_target(company_id: int, line_id: int) -> str:
    """Return the target of a write to a line: only one live effect may have it."""
    return f"{company_id}:line:{line_id}"


def order_target(company_id: int, order_id: int, what: str) -> str:
    """Return the target of a write to an order that changes no line's state: `what` is for example ``invoice``."""
    return f"{company_id}:order:{order_id}:{what}"


def lines_expected(line_ids: list[int], before: int, after: int, *, guarded: bool = True) -> dict[str, Any]:
    """Return the expected reading of these lines: state `after`, or still `before` if the effect did not take place.

    `guarded` is false if the lines' state proves nothing, as for a partial refund (API §7).
    """
    return {"lines": line_ids, "from": int(before), "to": int(after), "guarded": guarded}


def open_job(
    desk: Desk,
    kind: EffectKind,
    company: Company,
    order: Order | None,
    *,
    parameters: Mapping[str, Any] | None = None,
    about: Mapping[str, Any] | None = None,
    priority: Priority = Priority.HIGH,
    parent_id: int | None = None,
    not_before: datetime | None = None,
) -> int:
    """Queue the job that sends effects of `kind`, due once they may leave; plan them with its id.

    Args:
        parent_id: the job that it follows from; waiting for the parent includes this job.
        not_before: as in `plan`.
    """
    shadow.refuse(company)
    about = about if about is not None else ({"order_id": order.order_id} if order is not None else {})
    now = desk.now()
    return jobs.submit(
        desk.store,
        SENDING_JOBS[kind],
        by=desk.actor,
        company_id=company.id,
        parameters=parameters or about,
        about=about,
        priority=priority,
        parent_id=parent_id,
        after=_leaves_at(desk, now, kind, company, not_before) - now,
    )


def plan(
    desk: Desk,
    kind: EffectKind,
    company: Company,
    order: Order | None,
    write: WriteRequest,
    *,
    target: str,
    about: str,
    expected: Mapping[str, Any],
    job_id: int,
    subject_id: int | None = None,
    not_before: datetime | None = None,
) -> Effect:
    """Insert a PLANNED write for the sender job. Nothing is sent yet.

    Args:
        about: the write in a few words, for a person.
        expected: the reading that proves it; its shape depends on the kind (`verify_effects`).
        subject_id: id of the row that follows the effect, in the table of the kind.
        not_before: earliest time to leave; the undo window is kept in any case.

    Raises:
        RuleRefused: a write to the same target is not settled yet, or the company is in shadow.
    """
    shadow.refuse(company)
    if live_on(target):
        raise RuleRefused("Another write for the same line is being sent to Back Market.", "Wait until it is settled.")
    now = desk.now()
    return Effect.create(
        kind=kind,
        target=target,
        about=about,
        company=company,
        order=order,
        subject_id=subject_id,
        job=job_id,
        method=write.method,
        path=write.path,
        body=dict(write.body),
        expected=dict(expected),
        state=EffectState.PLANNED,
        made_at=now,
        made_by=desk.actor,
        not_before=_leaves_at(desk, now, kind, company, not_before),
    )


def live_on(target: str) -> bool:
    """Return whether an effect on `target` is not settled."""
    # By SQL: asked for each line that is planned or shown.
    return bool(fetch(_LIVE_ON, (target, *EFFECT_LIVE)))


_LIVE_ON = f"SELECT 1 FROM effects WHERE target = ? AND state IN ({', '.join('?' for _ in EFFECT_LIVE)}) LIMIT 1"  # noqa: S608


def moving(order: Order) -> Effect | None:
    """Return the oldest write to the order's lines that is not settled, or None."""
    mine = (Effect.order == order) & Effect.state.in_(EFFECT_LIVE) & Effect.kind.in_(_MOVES)
    found: Effect | None = Effect.select().where(mine).order_by(Effect.id).first()
    return found


def kept_back(effect: Effect) -> str | None:
    """Return why the effect may not leave now, as a sentence: a pause, or a toggle of its company; None if it may."""
    # Most kinds have no toggle, and need nothing of the company.
    company = Company.get_by_id(effect.company_id) if effect.kind in _TOGGLES else None
    return _held(effect.company_id, company, EffectKind(effect.kind))


def held(company: Company, kind: EffectKind) -> str | None:
    """Return why no effect of this kind may leave, as a sentence: a pause or the company's toggle; None if it may."""
    return _held(company.id, company, kind)


def _held(company_id: int, company: Company | None, kind: EffectKind) -> str | None:
    pause = sending_pauses.of_company(company_id)
    if pause is not None:
        return pause.sentence
    return closed(company, kind) if company is not None else None


def closed(company: Company, kind: EffectKind) -> str | None:
    """Return the sentence about the company's toggle that is off for this kind, or None."""
    column, name = _TOGGLES.get(kind, ("", ""))
    if not column or getattr(company, column):
        return None
    return f"{name} is off for {company.name}: it waits until that is turned on."


def of_job(job_id: int) -> list[Effect]:
    """Return the effects of a job, in the order in which they were planned."""
    return Effect.having(job=job_id)


def states_of(job_id: int) -> list[str]:
    """Return the states of a job's effects, in the order in which they were planned."""
    return [row[0] for row in fetch("SELECT state FROM effects WHERE job_id = ? ORDER BY id", (job_id,))]


def orders_of(job_id: int) -> dict[int, int]:
    """Return the numbers of the orders of a job's effects, by row id."""
    return dict(
        fetch("SELECT id, order_id FROM orders WHERE id IN (SELECT order_ref FROM effects WHERE job_id = ?)", (job_id,))
    )


def write_of(effect: Effect) -> WriteRequest:
    return WriteRequest(effect.method, effect.path, effect.body)


def mark_sending(desk: Desk, effect: Effect) -> int:
    """Claim the effect for this attempt; must be committed before a byte is sent.

    Returns the number of the send, for the store to remember after the commit (`Dialect.know_sends`).

    Raises:
        Interrupted: it was withdrawn, another worker has it, or the database moved. Paused: nothing may leave now.
    """
    why = kept_back(effect)
    if why is not None:
        raise Paused(why)
    if desk.store.database.server_changed():
        raise Interrupted("The database moved to another server or file: earlier writes are checked first.")
    planned = (Effect.id == effect.id) & (Effect.state == EffectState.PLANNED) & (Effect.not_before <= desk.now())
    sent = Effect.update(state=EffectState.SENDING, sending_at=desk.now(), attempts=Effect.attempts + 1)
    if sent.where(planned).execute() != 1:
        raise Interrupted("The waiting write was withdrawn.")
    _follow(desk, effect, EffectState.SENDING, "")
    return desk.store.database.note_send()


def settle(
    desk: Desk, effect: Effect, state: EffectState, *, error: str = "", answer: str = "", status: int | None = None
) -> None:
    """Record the outcome of an effect: its state, with error and answer; followers, events and audit go with it."""
    ended = state not in EFFECT_LIVE
    changes: dict[str, Any] = {"state": state, "error": error, "settled_at": desk.now() if ended else None}
    if effect.state == EffectState.PLANNED and state == EffectState.PLANNED:
        # The effect was marked as sending but not sent; `effect` still holds the values before that mark.
        changes |= {"attempts": effect.attempts, "sending_at": effect.sending_at}
    if answer:
        changes["answer"] = answer
    if state == EffectState.PLANNED:
        # The answer to an earlier attempt proves nothing about the next one.
        changes["answer_status"] = None
    elif status:
        changes["answer_status"] = status
    bulk.update(Effect, changes, id=effect.id)
    _follow(desk, effect, state, error)
    led = _as_led(desk, effect)
    _tell(led, effect, state)
    if ended:
        audit.record(
            led,
            f"{effect.kind}.{state}",
            # The channel's answer may be about the buyer: it stays in the effect, from where it can be removed.
            f"{personal_data.without(effect.about, effect.body)}: {state.label}.",
            company_id=effect.company_id,
            order_row=effect.order_ref,
            after={"state": state, "effect": effect.id},
        )


_EVENTS = {
    EffectState.CONFIRMED: "effect.confirmed",
    EffectState.REJECTED: "effect.refused",
    EffectState.NOT_APPLIED: "effect.not_applied",
    EffectState.NEEDS_PERSON: "effect.unknown",
}
_UPLOADS = (EffectKind.SHIP, EffectKind.IDENTIFIERS, EffectKind.INVOICE)


def _as_led(desk: Desk, effect: Effect) -> Desk:
    """Return the desk for follow-ups of the effect: if a rule planned it, that rule never acts on them."""
    if not effect.made_by.startswith(event_rows.RULE):
        return desk
    name = effect.made_by.removeprefix(event_rows.RULE).rpartition(" v")[0]
    rows = fetch("SELECT id FROM rules WHERE name = ?", (name,))
    return replace(desk, rules=(*desk.rules, *(row[0] for row in rows)))


def _tell(desk: Desk, effect: Effect, state: EffectState) -> None:
    """Write the events of the next state; none while the outcome must still be looked up."""
    if state not in _EVENTS:
        return
    data = {
        "effect_id": effect.id,
        "kind": effect.kind,
        "about": personal_data.without(effect.about, effect.body),
        "job_id": effect.job_id,
    }
    failed = ["upload.failed"] if state in _REFUSED and effect.kind in _UPLOADS else []
    for name in (_EVENTS[state], *failed):
        events.happened(desk, name, data, company_id=effect.company_id, order_row=effect.order_ref)


def _follow(desk: Desk, effect: Effect, state: EffectState, error: str) -> None:
    """Call the follower of the effect's kind, so that its row takes the new state."""
    follower = desk.followers.get(effect.kind)
    if follower is not None:
        follower(desk, effect, state, error)


def withdraw_planned(desk: Desk, job_id: int) -> int:
    """Withdraw the job's effects that were not sent; return their number.

    Raises:
        RuleRefused: an effect was sent, and its outcome is unknown.
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
    """Reject the effects that a failed job never sent; the amounts of refunds are refundable again."""
    for effect in of_job(job_id):
        if effect.state == EffectState.PLANNED:
            settle(desk, effect, EffectState.REJECTED, error=reason)


def plan_again(desk: Desk, job_id: int) -> int:
    """Plan again the job's effects that were refused or ignored; return their number.

    Raises:
        RuleRefused: refunds, whose amounts are refundable again; nothing was refused; or another write to the same
            target is on its way.
    """
    rows = of_job(job_id)
    refused = [effect for effect in rows if effect.state in _REFUSED]
    asks = next((effect for effect in rows if effect.state == EffectState.NEEDS_PERSON), None)
    if asks is not None:
        raise RuleRefused(
            "Its outcome is unknown.",
            f"Settle it first: Q in the desk, or 'bmtui outbox settle {asks.id}'.",
        )
    if any(effect.kind == EffectKind.REFUND for effect in rows):
        raise RuleRefused(
            "A refund that failed or was withdrawn is not sent again by its job: its amount is refundable again.",
            "Issue the refund again from the order.",
        )
    if not refused:
        raise RuleRefused("Nothing of this job was refused.", "A withdrawn write is issued again from the order.")
    for effect in refused:
        if live_on(effect.target):
            raise RuleRefused(f"{effect.about}: another write for the same line is being sent to Back Market.")
        Effect.update(not_before=desk.now()).where(Effect.id == effect.id).execute()
        settle(desk, effect, EffectState.PLANNED)
    return len(refused)


def _leaves_at(desk: Desk, now: datetime, kind: EffectKind, company: Company, not_before: datetime | None) -> datetime:
    undoable_until = now + _window(desk, kind, company)
    return max(undoable_until, not_before) if not_before is not None else undoable_until


def _window(desk: Desk, kind: EffectKind, company: Company) -> timedelta:
    return undo_windows.windows(company.undo_windows)[kind] if desk.undo else timedelta()
