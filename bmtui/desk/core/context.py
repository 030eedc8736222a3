"""Open desk: settings, store, the acting account, and the company in view."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from bmtui.configuration import COMPANY_ZONE
from bmtui.desk.core import acting
from bmtui.errors import NotFound, RuleRefused
from bmtui.queue.jobs import now_utc
from bmtui.settings import Settings
from bmtui.store import Store
from bmtui.store.models import Company, Effect, Job, Operator, name_folded
from bmtui.values.date import read_zone
from bmtui.words import EffectState, Role

P = ParamSpec("P")
T = TypeVar("T")

Follower = Callable[["Desk", Effect, EffectState, str], None]
"""Function that updates the refund, shipment, unit or invoice of an effect, inside the caller's transaction.

It takes the effect, its next state, and the reason when it did not succeed.
"""
RetryHandler = Callable[["Desk", Job], None]
"""Function that prepares the data of a job before its retry, inside the caller's transaction."""

ASK_ADMIN = "An admin can change that: 'bmtui users set'."


@dataclass(frozen=True)
class Desk:
    """Open desk, handed to the functions of `desk/`.

    Attributes:
        actor: the acting account, as the audit names it.
        read_only: nothing may be changed.
        company: only this company's orders are in view; None for all.
        undo: planned writes wait for the company's undo window; off for scripts, which take nothing back.
        now: the clock, aware UTC.
        uid: the number of the acting account, by which it has its rights.
        rules: the ids of the rules that led to this action; events carry them, so that no rule triggers itself.
        followers: functions by kind of effect. Required, for a desk without them would send a refund and never
            know that it is paid; `bootstrap.open_desk` gives them.
        on_retry: functions by type of job, called before a job is retried.
    """

    settings: Settings
    store: Store
    actor: str
    read_only: bool = False
    company: str | None = None
    undo: bool = False
    now: Callable[[], datetime] = now_utc
    uid: int = field(default_factory=os.getuid)
    rules: tuple[int, ...] = field(default=(), compare=False)
    followers: Mapping[str, Follower] = field(kw_only=True, repr=False, compare=False)
    on_retry: Mapping[str, RetryHandler] = field(kw_only=True, repr=False, compare=False)

    async def read(self, function: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a desk function that only reads, in the reader thread."""
        return await self.store.read(function, self, *args, **kwargs)

    async def write(self, function: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a desk function that changes something, in the writer thread."""
        return await self.store.write(function, self, *args, **kwargs)

    async def change_mark(self) -> int:
        """Return a number that changes with each commit of any process."""
        return await self.store.read(self.store.change_mark)

    def zone(self, company: str | None = None) -> tzinfo:
        """Return the time zone of `company`, else of the company in view, else that of all enabled ones, else UTC."""
        from bmtui.store.plain_sql import fetch

        # By SQL, as a search itself: every search asks for it, and peewee takes longer than a small search.
        name = company or self.company
        where, values = ("name = ?", (name,)) if name else ("enabled", ())
        rows = fetch(f"SELECT DISTINCT time_zone FROM companies WHERE {where} LIMIT 2", values)  # noqa: S608 - no foreign text
        return ZoneInfo(rows[0][0]) if len(rows) == 1 else UTC

    @property
    def fixed_zone(self) -> tzinfo | None:
        """Time zone of all lists, where `bmtui.toml` names one; None where the companies' own count."""
        wanted = str(self.settings.values["zone"])
        return None if wanted == COMPANY_ZONE else read_zone(wanted)

    def list_zone(self, company: str | None = None) -> tzinfo:
        """Return the time zone of a list: that of `bmtui.toml`, else as `zone`."""
        return self.fixed_zone or self.zone(company)

    def hidden_companies(self) -> tuple[int, ...]:
        """Return the ids of disabled companies, whose orders are in no list and no counter unless asked for."""
        from bmtui.store.plain_sql import fetch

        return () if self.company else tuple(row[0] for row in fetch("SELECT id FROM companies WHERE NOT enabled", ()))

    def company_row(self, name: str | None = None) -> Company:
        """Return the company called `name`, else the one in view, else the only one.

        Raises:
            NotFound: no such company. RuleRefused: none was named, and there are several.
        """
        name = name or self.company
        if name:
            from bmtui.store.plain_sql import fetch

            # By SQL, for every action on an order begins with it.
            found = fetch("SELECT id FROM companies WHERE lower(name) = ?", (name_folded(name),))
            if not found:
                raise NotFound(f"There is no company '{name}'.", "See 'bmtui company list'.")
            return Company.get_by_id(found[0][0])
        rows = list(Company.select().where(Company.removed_at.is_null()).order_by(Company.enabled.desc()).limit(2))
        if not rows:
            raise NotFound("There is no company yet.", "Add one with 'bmtui company add', or try 'bmtui demo'.")
        if len(rows) > 1 and rows[0].enabled == rows[1].enabled:
            raise RuleRefused("There are several companies.", "Say which one with --company NAME.")
        return rows[0]

    def must_write(self) -> None:
        """Check that changes are allowed. Raises RuleRefused in read-only mode and for accounts that may only look."""
        if self.read_only:
            raise RuleRefused("This desk is read-only; nothing was changed.", "Start it without --read-only.")
        if self.role == Role.VIEWER:
            raise RuleRefused("Your account may only look; nothing was changed.", ASK_ADMIN)

    @property
    def role(self) -> Role:
        """Role of the account: admin while no account has rights; afterwards viewer for an account without any.

        The service of a database that enforces roles is no person, and needs no rights of its own to run jobs.
        """
        from bmtui.store.plain_sql import fetch

        # By SQL, for every write asks for it first.
        rows = fetch("SELECT role FROM operators WHERE uid = ?", (self.uid,))
        if rows:
            return Role(rows[0][0])
        if not fetch("SELECT 1 FROM operators LIMIT 1", ()):
            return Role.ADMIN
        return Role.OPERATOR if self.is_service else Role.VIEWER

    @property
    def is_service(self) -> bool:
        """Return whether the acting account is the service of a database that enforces roles."""
        return self.store.database.is_service(acting.account_of(self.uid))

    @property
    def account(self) -> str:
        """Name of the acting account, by which orders are assigned to it."""
        row = Operator.get_or_none(Operator.uid == self.uid)
        return row.account if row is not None else acting.account_of(self.uid)

    def of_company(self, name: str | None) -> Desk:
        """Return the same desk with another company in view, None for all.

        Raises:
            NotFound: no such company.
        """
        return replace(self, company=self.company_row(name).name if name else None)
