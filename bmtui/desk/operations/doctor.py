"""Health checks of an installation (`bmtui doctor`): findings that a person or a monitor should know."""

from __future__ import annotations

from time import perf_counter

from bmtui.desk.companies import channel_access, companies, credentials, sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.notifications import deliveries
from bmtui.desk.operations import account_checks, host_checks, server_checks, store_checks
from bmtui.desk.operations.host_checks import Finding
from bmtui.desk.orders import marked, ship_by
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox import clock_steps
from bmtui.desk.rules import rules
from bmtui.desk.sync import quarantine
from bmtui.errors import BmtuiError, ChannelError, StoreError
from bmtui.queue.liveness import living
from bmtui.settings import Settings
from bmtui.store.models import Job
from bmtui.text import how_many
from bmtui.words import EFFECT_OF_PERSON, JobStatus

MENDED_SQLITE = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
"""First releases of their lines in which the WAL-reset bug is mended (reliability §3)."""

FAR_S = 0.05
"""Round trip in seconds above which the server is too far: a change takes ten, and half a second is noticed."""

_OF_SERVICE = "Only the service has its token, a credential; a refused token stops all sending, and is shown here."


async def examine(desk: Desk) -> tuple[Finding, ...]:
    """Return the findings of all checks; each company's channel is called once."""
    findings = list(await desk.read(_local))
    views = await desk.read(companies.listing)
    if not views:
        findings.append(Finding("company", True, "There is no company yet.", "Add one: 'bmtui company add'."))
    for view in views:
        if not view.enabled:
            continue
        if credentials.is_of_service(view.token_source):
            findings.append(Finding(f"company {view.name}", True, _OF_SERVICE))
            continue
        try:
            tested = await channel_access.probe(desk, view.name)
            findings.append(Finding(f"company {view.name}", True, tested.sentence))
            findings += host_checks.clock(view.name, tested.clock_ahead_s)
        except BmtuiError as error:
            topic = "channel" if isinstance(error, ChannelError) else "company"
            findings.append(Finding(f"{topic} {view.name}", False, error.message, error.advice))
    return tuple(findings)


def without_store(settings: Settings, error: StoreError) -> tuple[Finding, ...]:
    """Return the findings that are possible without a store, beginning with the reason why it cannot be opened."""
    return (
        Finding("store", False, error.message, error.advice or "See 'bmtui help troubleshooting'."),
        *host_checks.files(settings),
    )


def _local(desk: Desk) -> list[Finding]:
    return [
        _database(desk),
        _quarantine(desk),
        _marked(desk),
        _held(desk),
        _paused(desk),
        _workers(desk),
        _unknown(desk),
        _clocks(desk),
        _planned_ahead(desk),
        *store_checks.examine(desk),
        *_notifications(desk),
        *_rules(desk),
        *server_checks.examine(desk),
        *account_checks.examine(desk),
        *host_checks.examine(desk),
    ]


def _notifications(desk: Desk) -> list[Finding]:
    """Return a finding for each notification way: its problem, or messages that could not be delivered."""
    found = []
    for view in deliveries.listing(desk):
        dead = f"{how_many(view.dead, 'notification')} could not be delivered" if view.dead else ""
        advice = "See 'bmtui notify dead'." if dead else "Correct bmtui.toml."
        if view.problem or dead:
            told = " ".join(filter(None, (view.problem, f"{dead}." if dead else "")))
            found.append(Finding(f"notify {view.name}".strip(), False, told, advice))
        else:
            found.append(Finding(f"notify {view.name}", True, f"{view.waiting:,} waiting."))
    return found


def _rules(desk: Desk) -> list[Finding]:
    """Return findings about rules that cannot be read any more, and whether all rules are off."""
    found = [Finding(f"rule {name}", False, why, "See 'bmtui rules list'.") for name, why in rules.problems(desk)]
    if rules.all_off(desk) is not None:
        found.append(Finding("rules", True, "All rules are off: 'bmtui rules on' turns them on again."))
    return found


def _database(desk: Desk) -> Finding:
    name, version = desk.store.database.library()
    if desk.store.database.kind == "sqlite":
        return _sqlite(name, version)
    away_s = min(_question_s(desk) for _ in range(5))
    server = f"{name} {'.'.join(map(str, version))} at {desk.store.database.where}, {away_s * 1000:.1f} ms away"
    if away_s < FAR_S:
        return Finding("postgresql", True, f"{server}.")
    return Finding(
        "postgresql",
        False,
        f"{server}: every change waits for it, one after the other.",
        "Run bmtui nearer to its database server.",
    )


def _question_s(desk: Desk) -> float:
    begun = perf_counter()
    desk.store.change_mark()
    return perf_counter() - begun


def _sqlite(name: str, version: tuple[int, ...]) -> Finding:
    mended = any(version[:2] == line[:2] and version >= line for line in MENDED_SQLITE) or version >= MENDED_SQLITE[0]
    library = f"SQLite {'.'.join(map(str, version))} ({name})"
    if mended:
        return Finding("sqlite", True, f"{library}.")
    return Finding(
        "sqlite",
        False,
        f"{library} has a bug that can damage a database when several processes write.",
        "Install pysqlite3, which bmtui then uses: pip install pysqlite3.",
    )


def _quarantine(desk: Desk) -> Finding:
    found = quarantine.listing(desk)
    if not found:
        return Finding("quarantine", True, "Every downloaded order could be read.")
    named = ", ".join(str(row.order_id or "(no id)") for row in found[:10]) + (" …" if len(found) > 10 else "")
    return Finding(
        "quarantine",
        False,
        f"{how_many(len(found), 'order')} could not be read: {named}. First reason: {found[0].error}",
        "They are stored unchanged. Upgrade bmtui, then download again or retry their order creation job.",
    )


def _marked(desk: Desk) -> Finding:
    found = marked.of_desk(desk)
    advice = "Their orders work without these fields: 'bmtui orders search has:marked', then 'bmtui orders show ID'."
    return Finding("marked fields", True, found.sentence, advice if found.orders else "")


def _held(desk: Desk) -> Finding:
    hold = jobs.held(desk)
    if hold is None:
        return Finding("limits", True, "Nobody holds.")
    return Finding(
        "limits", False, f"No request is sent until {hold.until:%H:%M:%S} UTC: {hold.reason}", "Wait until then."
    )


def _paused(desk: Desk) -> Finding:
    standing = sending_pauses.standing(desk)
    if not standing:
        return Finding("sending", True, "Sending is not paused.")
    by_token = any(pause.cause == sending_pauses.TOKEN for pause in standing)
    renewed = "Store a new token ('bmtui company set NAME --token-file F'), or renew the service's and restart it."
    advice = renewed if by_token else "'bmtui outbox resume'."
    return Finding("sending", False, " ".join(pause.sentence for pause in standing), advice)


def _workers(desk: Desk) -> Finding:
    due = Job.select().where((Job.status == JobStatus.SUBMITTED) & (Job.scheduled_at <= desk.now())).count()
    alive = len(living(desk.store))
    frozen = host_checks.stopped(living(desk.store))
    if frozen:
        return Finding(
            "workers",
            False,
            f"{', '.join(frozen)} is stopped and holds its jobs; {how_many(due, 'job is', 'jobs are')} due.",
            "Let it go on ('kill -CONT', 'fg'), or end it ('kill -KILL'): its last write is then checked.",
        )
    if due and not alive:
        advice = "Start a worker: 'bmtui worker', or keep a desk open."
        return Finding("workers", False, f"{how_many(due, 'job is', 'jobs are')} due, and no worker runs.", advice)
    return Finding(
        "workers", True, f"{how_many(alive, 'worker runs', 'workers run')}; {how_many(due, 'job is', 'jobs are')} due."
    )


def _unknown(desk: Desk) -> Finding:
    waiting = [view for view in outbox.listing(desk, limit=10_000) if view.state in EFFECT_OF_PERSON]
    if not waiting:
        return Finding("outbox", True, "No outcome needs a person.")
    return Finding(
        "outbox",
        False,
        f"{how_many(len(waiting), 'outcome needs', 'outcomes need')} a person, the oldest for order "
        f"{waiting[-1].order_id}.",
        "See 'bmtui outbox list', look in the Back Office, then 'bmtui outbox settle'.",
    )


def _planned_ahead(desk: Desk) -> Finding:
    count = clock_steps.ahead(desk)
    if not count:
        return Finding("plans", True, "No write or job has a time in the future.")
    return Finding(
        "plans",
        False,
        f"{how_many(count, 'write or job has', 'writes or jobs have')} a later time than now: this machine's clock "
        "was ahead and was set back. The "
        "next worker makes them due.",
        "Keep the clock in sync: 'timedatectl set-ntp true'.",
    )


def _clocks(desk: Desk) -> Finding:
    counts = ship_by.counts(desk)
    if not counts.late:
        return Finding("shipping", True, f"No order is late: {counts.sentence}.")
    return Finding("shipping", False, f"Orders are late: {counts.sentence}.", "See 'bmtui orders due'.")
