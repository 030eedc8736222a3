"""Findings of `doctor` about a PostgreSQL server: durable commits, account rights, and a moved store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from bmtui.desk.core import seen_state
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import moved_store
from bmtui.desk.operations.host_checks import Finding
from bmtui.store import grants
from bmtui.store.models import Audit
from bmtui.text import how_many

if TYPE_CHECKING:
    from bmtui.store.postgres import Postgres
    from bmtui.store.postgres_server import LockHolder, OpenTransaction, ServerState

OTHER_GRANTS = "The grants in the database are not those of this release: rights may be missing, or not enforced."
GRANTS_AGAIN = f"As its owner: '{grants.AGAIN}'."
TOLD_FOR = timedelta(days=2)
"""Time for which a failover is reported: somebody must compare the refunds of the minutes before it."""


def examine(desk: Desk) -> list[Finding]:
    """Return the findings about the server; for a store in a file, only whether the file was replaced."""
    if desk.store.database.kind != "postgres":
        return [_moved(desk)]
    database = _postgres(desk)
    state = database.server_state()
    holder = database.lock_holder()
    return [
        durability(state),
        lock(holder),
        transactions(database.open_transactions(), holder),
        roles(state),
        *grants_of(state),
        _moved(desk),
    ]


def _postgres(desk: Desk) -> Postgres:
    # Imported late: the driver is an extra.
    from bmtui.store.postgres import Postgres

    assert isinstance(desk.store.database, Postgres)
    return desk.store.database


def durability(state: ServerState) -> Finding:
    """Check whether the server keeps each committed change, also after a power cut or a failover."""
    off = [name for name in ("fsync", "full_page_writes") if state.settings[name] == "off"]
    if off:
        return Finding(
            "durability",
            False,
            f"{' and '.join(off)} {'is' if len(off) == 1 else 'are'} off: after a power cut the server may lose "
            "committed changes, or be damaged. Writes could then be sent twice.",
            "Turn it on in postgresql.conf, then 'SELECT pg_reload_conf()'.",
        )
    if state.replicas and not state.settings["synchronous_standby_names"].strip():
        return Finding(
            "durability",
            False,
            f"{how_many(state.replicas, 'replica is', 'replicas are')} attached and synchronous_standby_names is "
            "empty: a replica that takes over "
            "may have missed the last changes.",
            "Name them, such as synchronous_standby_names = 'ANY 1 (*)'.",
        )
    return Finding("durability", True, "Committed changes are on disk, and on a replica if there is one.")


def lock(holder: LockHolder | None) -> Finding:
    """Check whether a session keeps all others from writing: any account of the database may take locks by SQL."""
    if holder is None:
        return Finding("lock", True, "No session keeps others from writing.")
    return Finding(
        "lock",
        False,
        f"{holder} keeps all others from writing{_since(holder)}: nobody can change anything, and the workers wait.",
        f"Let them end it, or as the owner: SELECT pg_terminate_backend({holder.process}).",
    )


def transactions(found: Sequence[OpenTransaction], holder: LockHolder | None) -> Finding:
    """Check whether a transaction of somebody else is open for long with rows or tables, though nobody waits yet.

    Args:
        holder: the session that `lock` names.
    """
    others = [one for one in found if holder is None or one.by.process != holder.process]
    if not others:
        return Finding("transactions", True, "No transaction of others holds rows or tables for long.")
    told = [f"{one.by} has a transaction open{_since(one.by)}, with rows of {', '.join(one.tables)}." for one in others]
    ends = "; ".join(f"SELECT pg_terminate_backend({one.by.process})" for one in others)
    return Finding(
        "transactions",
        False,
        f"{' '.join(told)} Whoever has to change the same waits, and all others behind them.",
        f"Let them end it (COMMIT or ROLLBACK), or as the owner: {ends}.",
    )


def _since(holder: LockHolder) -> str:
    return f" since {holder.since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if holder.since else ""


def roles(state: ServerState) -> Finding:
    """Check whether the database enforces the rights of each account."""
    if not state.listed:
        return Finding("roles", True, "No account is listed: everybody may do everything.")
    if not state.guarded:
        return Finding(
            "roles",
            False,
            "Accounts have roles and limits, and the database does not enforce them.",
            f"As its owner: '{grants.AGAIN}' ('bmtui help postgresql').",
        )
    if state.unheld:
        return Finding(
            "roles",
            False,
            f"The database cannot hold {', '.join(state.unheld)} to any right: it is the owner, or a superuser.",
            "Give each person an account of their own in bmtui_operator or bmtui_admin, and the service one in "
            "bmtui_worker ('bmtui help postgresql').",
        )
    return Finding("roles", True, f"The database holds {how_many(len(state.listed), 'account')} to their rights.")


def grants_of(state: ServerState) -> list[Finding]:
    """Check whether the database enforces the grants of this release; nothing where it has none."""
    if not state.guarded:
        return []
    if state.other_grants:
        return [Finding("grants", False, OTHER_GRANTS, GRANTS_AGAIN)]
    return [Finding("grants", True, "The grants in the database are those of this release.")]


def grants_to_renew(desk: Desk) -> str:
    """Return a sentence with the command that renews the grants; empty where the database has those of this release."""
    found = [] if desk.store.database.kind != "postgres" else grants_of(_postgres(desk).server_state())
    return next((f"{one.message} {one.advice}" for one in found if not one.ok), "")


def _moved(desk: Desk) -> Finding:
    since = desk.now() - TOLD_FOR
    moved = Audit.select(Audit.at, Audit.summary).where((Audit.action == moved_store.MOVED) & (Audit.at >= since))
    last = moved.order_by(Audit.id.desc()).first()
    if last is None and not desk.store.database.server_changed() and not seen_state.is_older(desk):
        return Finding("failover", True, "No failover to another database server since the last look.")
    told = f"{last.summary} ({last.at:%Y-%m-%d %H:%M} UTC)" if last is not None else "The next worker will see it."
    return Finding(
        "failover",
        False,
        f"The store moved: the last changes before may be missing here. {told} Writes that may have been sent are "
        "checked on Back Market; partial refunds cannot be checked.",
        "Compare the refunds of the minutes before with the Back Office; see 'bmtui outbox list'.",
    )
