"""Permissions: roles of accounts, and the refunds that one person may make without another (order-desk §4).

On SQLite this guards against mistakes: an account that can write the file can write these rows. On PostgreSQL the
grants that `bmtui store grants` prints enforce it (store/grants).
"""

from __future__ import annotations

import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from peewee import JOIN, fn

from bmtui.desk.core import audit
from bmtui.desk.core.context import ASK_ADMIN, Desk
from bmtui.desk.core.parameter import Kind, Parameter
from bmtui.errors import ConfigError, NotFound, RuleRefused
from bmtui.money import Money
from bmtui.store.models import Approval, Operator, Order, Refund, RefundLimit, to_micros
from bmtui.values import amount
from bmtui.words import REFUND_NOT_COUNTED, Role

ROLE = Parameter("role", "Role", Kind.CHOICE, choices=tuple(Role), shape="ROLE")
REFUNDS = Parameter(
    "refunds", "May refund", Kind.CHOICE, "whether it may initiate refunds", ("yes", "no"), shape="yes|no"
)
LIMIT = Parameter("limit", "Limit", Kind.AMOUNT, "of one refund; CUR=none removes it", shape="CUR=AMOUNT", between=";")
DAILY = Parameter("daily", "Limit of a day", Kind.AMOUNT, "of all refunds of a day", shape="CUR=AMOUNT", between=";")
RIGHTS = (ROLE, REFUNDS, LIMIT, DAILY)


@dataclass(frozen=True, slots=True)
class LimitView:
    """Limits of refunds without a second person, in a currency; None is no limit."""

    currency: str
    per_refund: Money | None
    per_day: Money | None


@dataclass(frozen=True, slots=True)
class OperatorView:
    """Rights of an account. With limits in some currencies, it needs a second person in all others."""

    uid: int
    account: str
    role: str
    may_refund: bool
    limits: tuple[LimitView, ...]
    changed_at: datetime
    changed_by: str


def listing(desk: Desk) -> tuple[OperatorView, ...]:
    """Return the accounts with rights of their own; empty as long as all accounts may do everything."""
    return tuple(_view(row) for row in Operator.select().order_by(Operator.account, Operator.uid))


def set_rights(
    desk: Desk,
    who: str,
    *,
    role: str | None = None,
    may_refund: bool | None = None,
    per_refund: Mapping[str, str] | None = None,
    per_day: Mapping[str, str] | None = None,
) -> OperatorView:
    """Give an account rights; those that are not named stay.

    The first time that an account gets less than everything, the giver becomes an admin by name: afterwards, accounts
    without a name may only look.

    Args:
        who: an account's name or number.
        per_refund, per_day: amounts by currency; ``none`` takes a limit away.

    Raises:
        NotFound: no such account. ConfigError: a value that cannot be read.
        RuleRefused: only an admin may, or nobody would be left to.
    """
    desk.must_write()
    uid, account = account_of(who)
    if role is not None:
        ROLE.read(role)
    limits = {
        "per_refund": {_currency(name): limit_of(name, text) for name, text in (per_refund or {}).items()},
        "per_day": {_currency(name): limit_of(name, text) for name, text in (per_day or {}).items()},
    }
    with desk.store.transaction():
        must_be_admin(desk)
        if not Operator.select().exists() and uid != desk.uid:
            _make(desk, desk.uid, account_of(str(desk.uid))[1], Role.ADMIN)
        row = Operator.get_or_none(Operator.uid == uid)
        before = _snapshot(row)
        if row is None:
            row = _make(desk, uid, account, Role(role or Role.OPERATOR))
        values = {"role": role or row.role, "may_refund": row.may_refund if may_refund is None else may_refund}
        Operator.update(account=account, changed_at=desk.now(), changed_by=desk.actor, **values).where(
            Operator.id == row.id
        ).execute()
        for column, amounts in limits.items():
            for currency, amount in amounts.items():
                RefundLimit.insert(operator=row.id, currency=currency, **{column: amount}).on_conflict(
                    conflict_target=[RefundLimit.operator, RefundLimit.currency], update={column: amount}
                ).execute()
        none = RefundLimit.per_refund.is_null() & RefundLimit.per_day.is_null()
        RefundLimit.delete().where((RefundLimit.operator == row.id) & none).execute()
        if not Operator.select().where(Operator.role == Role.ADMIN).exists():
            raise RuleRefused("No admin would be left; nothing was changed.", "Make another account an admin first.")
        after = Operator.get_by_id(row.id)
        audit.record(
            desk, "users.set", f"Rights of {account} ({uid}): {values['role']}.", before=before, after=_snapshot(after)
        )
        return _view(after)


def known_account(desk: Desk, who: str) -> str:
    """Return the name of the account that `who` means: a name, a number, or ``me``.

    Raises:
        NotFound: no such account here, or it has no rights although others have some.
    """
    if who == "me":
        return desk.account
    accounts = [row.account for row in Operator.select().order_by(Operator.account)]
    if who in accounts:
        return who
    if accounts:
        raise NotFound(f"There is no account '{who[:40]}' here.", f"Accounts: {', '.join(accounts)}.")
    return account_of(who)[1]


def must_be_admin(desk: Desk) -> None:
    """Check that the account may change settings and rights. Raises RuleRefused."""
    if desk.role != Role.ADMIN:
        raise RuleRefused("Only an admin may do that; nothing was changed.", ASK_ADMIN)


def why_no_refund(desk: Desk) -> str | None:
    """Return the reason why this account may not initiate refunds, or None."""
    row = Operator.get_or_none(Operator.uid == desk.uid)
    if row is None:
        return None if desk.role == Role.ADMIN else f"Your account may only look. {ASK_ADMIN}"
    if row.role == Role.VIEWER:
        return f"Your account may only look. {ASK_ADMIN}"
    return None if row.may_refund else f"Your account may not initiate refunds. {ASK_ADMIN}"


def needs_approval(desk: Desk, order: Order, amount: int) -> str:
    """Return why a second person must approve a refund of `amount` minor units, or ''; joins the caller's transaction.

    Raises:
        RuleRefused: the account may not refund at all.
    """
    why = above_limit(desk, order, amount)
    return f"{why}, so a second person must approve it." if why else ""


def above_limit(desk: Desk, order: Order, amount: int) -> str:
    """Return the account's limit that `amount` minor units exceed, as a sentence without its end, or ''.

    Raises:
        RuleRefused: the account may not refund at all.
    """
    reason = why_no_refund(desk)
    if reason:
        raise RuleRefused(reason)
    row = Operator.get_or_none(Operator.uid == desk.uid)
    limits = {limit.currency: limit for limit in _limits(row)} if row is not None else {}
    if not limits:
        return ""
    limit = limits.get(order.currency)
    if limit is None:
        return f"{desk.actor} has no limit in {order.currency}"
    if limit.per_refund is not None and amount > limit.per_refund:
        return (
            f"{Money(amount, order.currency)} is above the limit of {desk.actor}, "
            f"{Money(limit.per_refund, order.currency)} a refund"
        )
    if limit.per_day is not None:
        left = limit.per_day - _of_today(desk, order)
        if amount > left:
            return (
                f"{Money(amount, order.currency)} is above what is left of the "
                f"{Money(limit.per_day, order.currency)} a day of {desk.actor}, "
                f"{Money(max(left, 0), order.currency)}"
            )
    return ""


def _of_today(desk: Desk, order: Order) -> int:
    """Return the minor units that the account refunded or approved since midnight in the order's company's zone."""
    zone = desk.zone(order.company.name)
    midnight = datetime.combine(desk.now().astimezone(zone).date(), time(), zone).astimezone(UTC)
    mine = (Refund.authorised_uid == desk.uid) & Refund.state.not_in(REFUND_NOT_COUNTED)
    # A refund that needed approval counts on the day of the approval.
    mine &= fn.COALESCE(Approval.decided_at, Refund.made_at) >= to_micros(midnight)
    query = Refund.select(fn.COALESCE(fn.SUM(Refund.amount), 0)).join(Order)
    query = query.switch(Refund).join(Approval, JOIN.LEFT_OUTER)
    return int(query.where(mine & (Order.currency == order.currency)).scalar())


def _limits(row: Operator) -> list[RefundLimit]:
    return list(RefundLimit.select().where(RefundLimit.operator == row.id).order_by(RefundLimit.currency))


def _make(desk: Desk, uid: int, account: str, role: Role) -> Operator:
    return Operator.create(
        uid=uid,
        account=account,
        role=role,
        may_refund=role != Role.VIEWER,
        changed_at=desk.now(),
        changed_by=desk.actor,
    )


def account_of(who: str) -> tuple[int, str]:
    """Return number and name of an account, by either. Raises NotFound."""
    if who.isascii() and who.isdecimal() and len(who) <= 10:
        try:
            return int(who), pwd.getpwuid(int(who)).pw_name
        except KeyError:
            return int(who), f"uid {who}"
    try:
        found = pwd.getpwnam(who)
    except (KeyError, ValueError) as error:
        raise NotFound(
            f"There is no account '{who[:40]}' on this machine.", "Give its name or its number (id -u NAME)."
        ) from error
    return found.pw_uid, found.pw_name


def _currency(text: str) -> str:
    if len(text) != 3 or not (text.isascii() and text.isalpha() and text.isupper()):
        raise ConfigError(f"'{text[:40]}' is not a currency.", "Write a limit like EUR=100.00.")
    return text


def limit_of(currency: str, text: str) -> int | None:
    """Return the minor units of a limit, None for ``none``. Raises ConfigError, NotRead: no currency or amount."""
    currency = _currency(currency)
    if text == "none":
        return None
    return amount.read(text, currency, field="limit").minor


def _snapshot(row: Operator | None) -> dict[str, object]:
    if row is None:
        return {}
    limits = {limit.currency: [limit.per_refund, limit.per_day] for limit in _limits(row)}
    return {"role": row.role, "may_refund": row.may_refund, "limits": limits}


def _view(row: Operator) -> OperatorView:
    def money(minor: int | None, currency: str) -> Money | None:
        return None if minor is None else Money(minor, currency)

    limits = tuple(
        LimitView(limit.currency, money(limit.per_refund, limit.currency), money(limit.per_day, limit.currency))
        for limit in _limits(row)
    )
    return OperatorView(row.uid, row.account, row.role, row.may_refund, limits, row.changed_at, row.changed_by)
