"""Import of accounts, roles and limits from a file: checked and shown first, stored all or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bmtui.desk.core import audit, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.core.permissions import OperatorView
from bmtui.desk.returns.csv_import import RowError
from bmtui.errors import BmtuiError, ConfigError, RuleRefused
from bmtui.text import how_many, plain
from bmtui.values import table_file
from bmtui.words import Role

COLUMNS: Mapping[str, Sequence[str]] = {
    "account": ("User", "User Name", "Login"),
    "role": (),
    "refunds": ("May Refund",),
    "limit": ("Refund Limit", "Per Refund"),
    "daily": ("Daily Limit", "Per Day"),
}
_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class PlannedPerson:
    """Account with its planned rights; `before` is None for a new one, `changes` are sentences."""

    row: int
    account: str
    uid: int
    role: str
    may_refund: bool | None
    per_refund: Mapping[str, str]
    per_day: Mapping[str, str]
    before: OperatorView | None
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeoplePlan:
    """Plan of the import; it is refused as long as a row is wrong."""

    rows: tuple[PlannedPerson, ...]
    errors: tuple[RowError, ...]
    ignored: tuple[str, ...]

    @property
    def changing(self) -> tuple[PlannedPerson, ...]:
        """Accounts whose rights change."""
        return tuple(row for row in self.rows if row.changes)

    @property
    def sentence(self) -> str:
        """Counts in one sentence."""
        wrong = f", {how_many(len(self.errors), 'row')} cannot be used" if self.errors else ""
        return f"{len(self.changing):,} of {how_many(len(self.rows), 'account changes', 'accounts change')}{wrong}."


def plan(desk: Desk, path: str) -> PeoplePlan:
    """Read and check the file; store nothing.

    Raises:
        NotRead: no table of accounts.
    """
    name = plain(Path(path).name)
    table = table_file.read(table_file.content(path), COLUMNS, name=name, required=("account",))
    found: list[PlannedPerson] = []
    errors: list[RowError] = []
    with desk.store.snapshot():
        known = {view.uid: view for view in permissions.listing(desk)}
        for row in table.rows:
            try:
                row.must_fit()
                person = _planned(row, known)
                if any(other.uid == person.uid for other in found):
                    raise ConfigError(f"The account {person.account} is in the file twice.", field="account")
                found.append(person)
            except BmtuiError as error:
                errors.append(RowError(row.number, error.field or "", str(error)))
    return PeoplePlan(tuple(found), tuple(errors), table.ignored)


def save(desk: Desk, path: str, planned: PeoplePlan) -> tuple[OperatorView, ...]:
    """Set the planned rights of all accounts, all or nothing; return the accounts.

    Raises:
        RuleRefused: only an admin may, a row is wrong, or nobody would be an admin any more.
    """
    desk.must_write()
    permissions.must_be_admin(desk)
    if planned.errors:
        raise RuleRefused(
            f"{how_many(len(planned.errors), 'row')} cannot be used; nothing was stored.", str(planned.errors[0])
        )
    # Admins first, so that there is always one.
    rows = sorted(planned.changing, key=lambda row: row.role != Role.ADMIN)
    with desk.store.transaction():
        views = tuple(
            permissions.set_rights(
                desk,
                str(row.uid),
                role=row.role,
                may_refund=row.may_refund,
                per_refund=row.per_refund,
                per_day=row.per_day,
            )
            for row in rows
        )
        if views:
            name = plain(Path(path).name)[:200]
            audit.record(desk, "users.imported", f"{name}: the rights of {how_many(len(views), 'account')} were set.")
    return views


def exported(desk: Desk) -> Iterator[Sequence[Any]]:
    """Yield the rows of a file that `plan` reads, with their heading."""
    yield tuple(COLUMNS)
    for view in permissions.listing(desk):
        per_refund = {limit.currency: limit.per_refund.decimal for limit in view.limits if limit.per_refund}
        per_day = {limit.currency: limit.per_day.decimal for limit in view.limits if limit.per_day}
        refunds = "yes" if view.may_refund else "no"
        yield view.account, view.role, refunds, _written(per_refund), _written(per_day)


def _planned(row: table_file.Row, known: Mapping[int, OperatorView]) -> PlannedPerson:
    cells = row.cells
    uid, account = permissions.account_of(cells["account"])
    role = cells.get("role", "").casefold()
    if role and role not in tuple(Role):
        raise ConfigError(f"There is no role '{role[:40]}'.", f"Roles: {', '.join(Role)}.", field="role")
    word = cells.get("refunds", "").casefold()
    if word and word not in _YES:
        raise ConfigError(f"'{word[:40]}' is neither yes nor no.", "Write yes or no.", field="refunds")
    may_refund = _YES[word] if word else None
    per_refund, per_day = _amounts(cells.get("limit", ""), "limit"), _amounts(cells.get("daily", ""), "daily")
    before = known.get(uid)
    role = role or (before.role if before else Role.OPERATOR)
    changes = [] if before and before.role == role else [f"{before.role if before else 'new'} → {role}"]
    if may_refund is not None and (before is None or before.may_refund != may_refund):
        changes.append("may refund" if may_refund else "may not refund")
    limits = {limit.currency: limit for limit in before.limits} if before else {}
    for what, wanted in (("a refund", per_refund), ("a day", per_day)):
        for currency, text in wanted.items():
            limit = limits.get(currency)
            has = None if limit is None else limit.per_refund if what == "a refund" else limit.per_day
            minor = permissions.limit_of(currency, text)
            if (None if has is None else has.minor) != minor:
                changes.append(f"{text} {currency} {what}")
    return PlannedPerson(row.number, account, uid, role, may_refund, per_refund, per_day, before, tuple(changes))


def _amounts(text: str, field: str) -> dict[str, str]:
    """Return ``EUR=100 GBP=50`` as texts by currency. Raises ConfigError, NotRead."""
    found: dict[str, str] = {}
    for part in text.replace(";", " ").split():
        currency, equals, said = part.partition("=")
        if not equals or currency in found:
            raise ConfigError(
                f"'{part[:40]}' is not a limit.", "Write each currency once, like EUR=100.00.", field=field
            )
        permissions.limit_of(currency, said)
        found[currency] = said
    return found


def _written(amounts: Mapping[str, str]) -> str:
    return " ".join(f"{currency}={text}" for currency, text in amounts.items())
