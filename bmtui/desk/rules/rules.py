"""Stored rules: saved with a new version each time, turned on and off one by one or all together, and their log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from peewee import JOIN, fn

from bmtui.desk.companies import acceptance_settings, companies
from bmtui.desk.core import audit, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.notifications import ways
from bmtui.desk.orders import search
from bmtui.desk.rules import language
from bmtui.desk.rules.language import Act, Moment
from bmtui.desk.rules.parameters import NAME
from bmtui.desk.rules.views import USUAL_LIMIT as USUAL_LIMIT
from bmtui.desk.rules.views import Draft, Ready, RuleLogView, RuleView
from bmtui.errors import BmtuiError, ConfigError, NotFound, RuleRefused
from bmtui.store.models import Company, Order, Rule, RuleLog, RuleOrder, Switch, to_micros
from bmtui.store.plain_sql import fetch
from bmtui.text import how_many

SWITCH = "rules"
MOST = 100
HIGHEST_LIMIT = 10_000
_ORDINARY = Rule.moment != acceptance_settings.MOMENT


def listing(desk: Desk) -> tuple[RuleView, ...]:
    """Return all rules by name, those of acceptance first."""
    query = Rule.select(Rule, Company).join(Company, JOIN.LEFT_OUTER).order_by(_ORDINARY, fn.LOWER(Rule.name))
    views = [_view(desk, row) for row in query]
    return tuple(view for view in views if not desk.company or view.company in ("", desk.company))


def show(desk: Desk, name: str) -> RuleView:
    """Return a rule. Raises NotFound."""
    row = _named(name)
    found = next((view for view in listing(desk) if row is not None and view.name == row.name), None)
    if found is None:
        raise NotFound(f"There is no rule '{name[:40]}'.", "See 'bmtui rules list'.")
    return found


def check(desk: Desk, draft: Draft) -> Ready:
    """Check a draft, and return it parsed.

    Raises:
        ConfigError, NotFound, RuleRefused: it cannot be a rule, with the reason; QueryError has the position.
    """
    if draft.name.strip().lower().startswith(acceptance_settings.BY_RULE):
        return _check_acceptance(draft)
    name: str = NAME.read(draft.name)
    moment = language.read_moment(draft.when)
    if not draft.then:
        raise ConfigError("The rule does nothing.", f"It can: {', '.join(language.VERBS)}.", field="then")
    if len(draft.then) > language.MOST_ACTIONS:
        raise ConfigError(f"A rule does at most {language.MOST_ACTIONS} things.", field="then")
    acts = tuple(map(language.read_act, draft.then))
    if not 1 <= draft.limit <= HIGHEST_LIMIT:
        raise ConfigError(
            f"A limit of {how_many(draft.limit, 'order')} a day is not possible.",
            f"Give 1 to {HIGHEST_LIMIT:,}.",
            field="limit",
        )
    if moment.events == () and not draft.query.strip():
        raise ConfigError("The rule would take every order.", "Write a query after 'if'.", field="query")
    company = desk.company_row(draft.company) if draft.company else None
    if "assignee:me" in draft.query.replace(" ", ""):
        raise ConfigError(
            "A rule belongs to no account: 'me' cannot be used in it.", "Name the account.", field="query"
        )
    search.count(desk, draft.query, cap=1)
    for act in acts:
        _check_named(desk, act)
    _must_not_go_round(desk, name, moment, acts)
    return Ready(moment, acts, company.id if company is not None else None)


def _check_named(desk: Desk, act: Act) -> None:
    """Raise NotFound or ConfigError if the account or the notification way of an act cannot be used."""
    try:
        if act.verb == "assign":
            permissions.known_account(desk, act.word)
        elif act.verb == "notify":
            ways.find(desk, act.word)
    except (ConfigError, NotFound) as error:
        raise type(error)(error.message, error.advice, field="then") from error


def _check_acceptance(draft: Draft) -> Ready:
    """Check the draft of a company's acceptance rule: its language is its own, and its only act is to accept."""
    row = _named(draft.name)
    if row is None or row.moment != acceptance_settings.MOMENT:
        raise RuleRefused(
            f"'{draft.name[:40]}' would be the acceptance rule of a company, and there is no such company.",
            "See 'bmtui rules list'; or choose another name.",
            field="name",
        )
    fixed = f"'{row.name}' is the acceptance rule of a company"
    if draft.when.strip().lower() != acceptance_settings.MOMENT:
        raise RuleRefused(f"{fixed}: it waits for '{acceptance_settings.MOMENT}'.", "Write that.", field="when")
    if tuple(draft.then) != (acceptance_settings.ACCEPT,):
        raise RuleRefused(f"{fixed}: it accepts, and does nothing else.", "Write another rule for that.", field="then")
    if not 0 <= draft.limit <= HIGHEST_LIMIT:
        raise ConfigError(
            f"A limit of {how_many(draft.limit, 'order')} a day is not possible.",
            f"Give 0 (no limit) to {HIGHEST_LIMIT:,}.",
            field="limit",
        )
    try:
        companies.checked(acceptance_settings.TEXT, draft.query)
    except ConfigError as error:
        raise ConfigError(error.message, error.advice, field="query") from error
    return Ready(Moment((acceptance_settings.MOMENT,)), (Act(acceptance_settings.ACCEPT),), row.company_id)


def save(desk: Desk, draft: Draft) -> RuleView:
    """Save a rule; an existing name gets a new version, which acts only on events from now on.

    Raises:
        As `check`; RuleRefused: the account is no admin, or there are too many.
    """
    desk.must_write()
    with desk.store.transaction():
        permissions.must_be_admin(desk)
        ready = check(desk, draft)
        row = _named(draft.name)
        if row is not None and row.moment == acceptance_settings.MOMENT:
            name: str = row.name
        else:
            name = NAME.read(draft.name)
        if row is None and Rule.select().where(_ORDINARY).count() >= MOST:
            raise RuleRefused(f"There are {MOST} rules already.", "Delete one.")
        values: dict[str, Any] = {
            "name": name,
            "company": ready.company_id,
            "version": row.version + 1 if row is not None else 1,
            "enabled": draft.enabled,
            "moment": " ".join(draft.when.lower().split()),
            "query": draft.query.strip(),
            "actions": [str(act) for act in ready.acts],
            "limit_a_day": draft.limit,
            "ran_at": desk.now(),
            "changed_at": desk.now(),
            "changed_by": desk.actor,
        }
        before: Mapping[str, Any] = {}
        if row is None:
            Rule.create(**values)
        else:
            before = _plain(row)
            Rule.update(**values).where(Rule.id == row.id).execute()
            RuleOrder.delete().where(RuleOrder.rule == row.id).execute()
        saved = _existing(name)
        said = f"Rule '{name}', version {saved.version}."
        audit.record(desk, "rule.saved", said, company_id=ready.company_id, before=before, after=_plain(saved))
        return _view(desk, saved)


def delete(desk: Desk, name: str) -> None:
    """Delete a rule; its log stays.

    Raises:
        NotFound. RuleRefused: it is an acceptance rule, or the account is no admin.
    """
    desk.must_write()
    with desk.store.transaction():
        permissions.must_be_admin(desk)
        row = _existing(show(desk, name).name)
        if row.moment == acceptance_settings.MOMENT:
            raise RuleRefused(
                f"'{row.name}' is the acceptance rule of a company.", f"Turn it off: 'bmtui rules off \"{row.name}\"'."
            )
        RuleOrder.delete().where(RuleOrder.rule == row.id).execute()
        Rule.delete().where(Rule.id == row.id).execute()
        said = f"Rule '{row.name}' was deleted."
        audit.record(desk, "rule.deleted", said, company_id=row.company_id, before=_plain(row))


def turn(desk: Desk, name: str, *, on: bool) -> RuleView:
    """Turn a rule on or off.

    Raises:
        NotFound. RuleRefused: the account is no admin.
    """
    view = show(desk, name)
    if view.builtin:
        companies.change(desk, view.company, {acceptance_settings.AUTOMATIC: "true" if on else "false"})
        return show(desk, view.name)
    desk.must_write()
    with desk.store.transaction():
        permissions.must_be_admin(desk)
        row = _existing(view.name)
        Rule.update(enabled=on, changed_at=desk.now(), changed_by=desk.actor).where(Rule.id == row.id).execute()
        word = "on" if on else "off"
        audit.record(desk, f"rule.turned_{word}", f"Rule '{row.name}' is {word}.", company_id=row.company_id)
    return show(desk, view.name)


def all_off(desk: Desk) -> datetime | None:
    """Return the time since when all rules are off; None if they are on."""
    row = Switch.get_or_none(Switch.name == SWITCH)
    return row.at if row is not None else None


def turn_all(desk: Desk, *, on: bool) -> None:
    """Turn all rules off, which each account with write access may, or on, which only an admin may.

    Raises:
        RuleRefused: they are on or off already, or the account may not.
    """
    desk.must_write()
    with desk.store.transaction():
        if on:
            permissions.must_be_admin(desk)
        if (all_off(desk) is None) == on:
            raise RuleRefused(f"The rules are {'on' if on else 'off'} already; nothing was changed.")
        if on:
            Switch.delete().where(Switch.name == SWITCH).execute()
        else:
            Switch.insert(name=SWITCH, at=desk.now(), made_by=desk.actor).execute()
        audit.record(desk, "rules.turned_on" if on else "rules.turned_off", f"All rules: {'on' if on else 'off'}.")


def draft_of(view: RuleView) -> Draft:
    """Return a stored rule as a draft."""
    return Draft(view.name, view.when, view.query, view.then, view.limit, view.company, view.enabled)


def log(desk: Desk, *, name: str = "", order_id: int | None = None, limit: int = 200) -> tuple[RuleLogView, ...]:
    """Return the acts of rules, newest first; of all rules, of one, or for one order."""
    query: Any = RuleLog.select(RuleLog, Order.order_id.alias("number"), Company.name.alias("of_company"))
    query = query.join(Order, JOIN.LEFT_OUTER, on=(Order.id == RuleLog.order_ref))
    query = query.switch(RuleLog).join(Company, JOIN.LEFT_OUTER, on=(Company.id == RuleLog.company_id))
    if name:
        query = query.where(RuleLog.rule == name.strip())
    if order_id is not None:
        query = query.where(Order.order_id == order_id)
    if desk.company:
        query = query.where(Company.name == desk.company)
    return tuple(
        RuleLogView(
            row.at, row.rule, row.version, row.of_company or "", row.number, row.action, bool(row.done), row.error
        )
        for row in query.order_by(RuleLog.id.desc()).limit(limit).objects()
    )  # fmt: skip


def problems(desk: Desk) -> tuple[tuple[str, str], ...]:
    """Return the names of rules that cannot be read any more, and why."""
    return tuple((view.name, view.problem) for view in listing(desk) if view.problem)


def done_today(desk: Desk, name: str, company: str | None) -> int:
    """Return the number of orders on which a rule acted today, in the zone of its company."""
    zone = desk.zone(company or None)
    midnight = desk.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    sql = "SELECT count(DISTINCT order_ref) FROM rule_log WHERE rule = ? AND done AND at >= ?"
    return int(fetch(sql, (name, to_micros(midnight)))[0][0])


def _must_not_go_round(desk: Desk, name: str, moment: Moment, acts: Sequence[Act]) -> None:
    """Raise RuleRefused if this rule and another one would undo each other's tags or statuses for ever."""
    if not moment.fits("order.changed"):
        return
    for row in Rule.select().where(_ORDINARY & (Rule.name != name)):
        try:
            other = language.read_moment(row.moment)
            theirs = tuple(map(language.read_act, row.actions))
        except BmtuiError:
            continue
        if other.fits("order.changed") and _undo_each_other(acts, theirs):
            raise RuleRefused(
                f"This rule and the rule '{row.name}' would undo each other without end.",
                "Let one of them wait for another event.",
            )


def _undo_each_other(some: Sequence[Act], others: Sequence[Act]) -> bool:
    def sets(acts: Sequence[Act], verb: str) -> set[str]:
        return {act.word for act in acts if act.verb == verb}

    tagged = sets(some, "tag") & sets(others, "untag") or sets(some, "untag") & sets(others, "tag")
    mine, theirs = sets(some, "status"), sets(others, "status")
    return bool(tagged) or bool(mine and theirs and mine != theirs)


def _named(name: str) -> Rule | None:
    row: Rule | None = Rule.get_or_none(Rule.name == name.strip())
    return row


def _existing(name: str) -> Rule:
    row = _named(name)
    if row is None:
        raise NotFound(f"There is no rule '{name[:40]}'.", "See 'bmtui rules list'.")
    return row


def _plain(row: Rule) -> dict[str, Any]:
    return {"when": row.moment, "if": row.query, "then": row.actions, "limit": row.limit_a_day, "on": row.enabled}


def _view(desk: Desk, row: Rule) -> RuleView:
    company = row.company.name if row.company is not None else ""
    draft = Draft(row.name, row.moment, row.query, tuple(row.actions), row.limit_a_day, company, row.enabled)
    try:
        check(desk, draft)
        problem = ""
    except BmtuiError as error:
        problem = str(error)
    of_acceptance = row.moment == acceptance_settings.MOMENT
    return RuleView(
        name=row.name,
        company=company,
        version=row.version,
        # A company's acceptance rule without a text accepts no order: it counts as off.
        enabled=bool(row.enabled and (row.query or not of_acceptance)),
        when=row.moment,
        query=row.query,
        then=tuple(row.actions),
        limit=row.limit_a_day,
        done_today=done_today(desk, row.name, company),
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        builtin=of_acceptance,
        problem=problem,
    )
