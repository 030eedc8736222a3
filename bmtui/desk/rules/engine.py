"""Engine of the rules: acts on new events, on schedules, and on orders that matched for long enough.

The acts for an event, their log rows, and the mark that the event was read are one transaction: a rule acts once for an
event, however often workers die. A rule never acts on events that it led to itself, directly or by other rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.companies import acceptance_settings
from bmtui.desk.core import business_hours
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.orders import search
from bmtui.desk.rules import acts as rule_acts
from bmtui.desk.rules import language, rules
from bmtui.desk.rules.language import Act, Moment
from bmtui.errors import BmtuiError
from bmtui.store import event_rows
from bmtui.store.models import Company, Event, EventMark, Order, Rule, RuleLog, RuleOrder, database
from bmtui.store.plain_sql import fetch
from bmtui.store.search import From, Search

READER = "rules"
BATCH = 200
LOOK_EVERY = timedelta(minutes=1)
"""Time between two looks of a rule that waits for a span ("for 4h")."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """An enabled rule, parsed."""

    row: Rule
    moment: Moment
    acts: tuple[Act, ...]
    company: str

    @property
    def rule_id(self) -> int:
        return int(self.row.id)

    @property
    def actor(self) -> str:
        return f"{event_rows.RULE}{self.row.name} v{self.row.version}"


def run_due(desk: Desk) -> None:
    """Run all rules that are due; every worker calls it every few seconds."""
    _accept(desk)
    ready = _ready()
    _skip_or_read(desk, [rule for rule in ready if rule.moment.events])
    if rules.all_off(desk) is None:
        for rule in ready:
            if not rule.moment.events:
                _poll(desk, rule)


def _accept(desk: Desk) -> None:
    """Run the acceptance rules: their language is their own; the switch, the limit and the log are shared."""
    if rules.all_off(desk) is not None:
        return

    def noted(mine: Desk, rule: Rule, order: Order) -> None:
        _log(mine, rule.name, rule.version, order, language.Act("accept"))

    def may(mine: Desk, rule: Rule) -> bool:
        with mine.store.transaction():
            return not _limited(mine, rule)

    acceptance.submit_due(desk, may, noted)


def _ready() -> list[_Ready]:
    found = []
    names = {row.id: row.name for row in Company.select(Company.id, Company.name)}
    ordinary = Rule.enabled & (Rule.moment != acceptance_settings.MOMENT)
    for row in Rule.select().where(ordinary).order_by(Rule.id):
        try:
            acts = tuple(map(language.read_act, row.actions))
            ready = _Ready(row, language.read_moment(row.moment), acts, names.get(row.company_id or 0, ""))
        except BmtuiError:
            # `doctor` and the list of rules report it; the other rules run.
            continue
        found.append(ready)
    return found


def _skip_or_read(desk: Desk, ready: Sequence[_Ready]) -> None:
    """Act on new events; they are skipped while all rules are off, or there are none."""
    newest = events.last()
    known = EventMark.get_or_none(EventMark.reader == READER)
    if known is not None and known.event_id >= newest:
        return
    with desk.store.transaction():
        begun = events.mark(desk, READER)
        if begun >= newest:
            return
        if not ready or rules.all_off(desk) is not None:
            events.move_mark(desk, READER, newest)
            return
    while begun < newest:
        begun = _read(desk, ready, begun)


def _read(desk: Desk, ready: Sequence[_Ready], begun: int) -> int:
    """Act on the next events; return the id of the last one read."""
    rows = list(Event.select().where(Event.id > begun).order_by(Event.id).limit(BATCH))
    if not rows:
        return events.last()
    wanted: dict[int, list[_Ready]] = {}
    by_name: dict[str, list[Event]] = {}
    for row in rows:
        if row.order_ref is not None:
            by_name.setdefault(row.name, []).append(row)
    for rule in ready:
        names = [name for name in by_name if rule.moment.fits(name)]
        fitting = [row for name in names for row in by_name[name] if _concerns(rule, row)]
        matching = _matching(desk, rule, sorted({row.order_ref or 0 for row in fitting}))
        for row in fitting:
            if row.order_ref in matching:
                wanted.setdefault(row.id, []).append(rule)
    chosen = _with_something_to_do(rows, wanted)
    for row in rows:
        if row.id in chosen and not _act_on(desk, row, chosen[row.id], begun):
            # Another worker was faster.
            return events.last()
        begun = row.id if row.id in chosen else begun
    with desk.store.transaction():
        if events.mark(desk, READER) == begun:
            events.move_mark(desk, READER, rows[-1].id)
    return int(rows[-1].id)


def _with_something_to_do(rows: Sequence[Event], chosen: Mapping[int, Sequence[_Ready]]) -> dict[int, Sequence[_Ready]]:
    """Return the rules that would change the event's order: most changes of an order matter to few rules."""
    refs = {row.id: row.order_ref or 0 for row in rows if row.id in chosen}
    orders = {order.id: order for order in Order.select().where(Order.id.in_(sorted(set(refs.values()))))}
    has = rule_acts.tags_of(orders)
    found: dict[int, Sequence[_Ready]] = {}
    for event_id, ready in chosen.items():
        order = orders[refs[event_id]]
        left = [rule for rule in ready if not all(rule_acts.already(order, has[order.id], act) for act in rule.acts)]
        if left:
            found[event_id] = left
    return found


def _concerns(rule: _Ready, row: Event) -> bool:
    """Return whether the event is of the rule's company, and not caused by the rule itself."""
    return rule.row.company_id in (None, row.company_id) and rule.rule_id not in row.rules


def _matching(desk: Desk, rule: _Ready, ids: Sequence[int]) -> set[int]:
    try:
        return set(search.matching(desk, rule.row.query, ids)) if ids else set()
    except BmtuiError:
        # The query names a removed field, for example: `doctor` and the list report it.
        return set()


def _act_on(desk: Desk, row: Event, chosen: Sequence[_Ready], begun: int) -> bool:
    """Run these rules for an event; return false if another worker has read it meanwhile."""
    with desk.store.transaction():
        if events.mark(desk, READER) != begun:
            return False
        for rule in chosen:
            # An earlier rule may have changed the order.
            if row.order_ref in _matching(desk, rule, [row.order_ref or 0]):
                _act(desk, rule, row.order_ref or 0, row.rules)
        events.move_mark(desk, READER, row.id)
    return True


def _act(desk: Desk, rule: _Ready, order_row: int, led_to: Sequence[int]) -> None:
    """Do the rule's acts on an order, each alone: a refused act does not stop the others."""
    fresh = Order.get_by_id(order_row)
    company = fetch("SELECT name FROM companies WHERE id = ?", (fresh.company_id,))[0][0]
    mine = replace(desk, actor=rule.actor, company=company, rules=(*led_to, rule.rule_id), undo=False)
    if _limited(mine, rule.row):
        return
    for place, act in enumerate(rule.acts):
        if place:
            fresh = Order.get_by_id(order_row)
        if rule_acts.already(fresh, rule_acts.tags_of([order_row])[order_row], act):
            continue
        try:
            with database.atomic():
                rule_acts.do(mine, fresh, act, rule.row.version, rule.row.name)
        except BmtuiError as error:
            _log(mine, rule.row.name, rule.row.version, fresh, act, error)
        else:
            _log(mine, rule.row.name, rule.row.version, fresh, act)


def _limited(desk: Desk, rule: Rule) -> bool:
    """Return whether the rule reached its limit of today; the first time writes the event `rule.limited`."""
    company = rule.company.name if rule.company is not None else None
    if not rule.limit_a_day or rules.done_today(desk, rule.name, company) < rule.limit_a_day:
        return False
    day = f"{desk.now().astimezone(desk.zone(company)):%Y-%m-%d}"
    told = {"rule": rule.name, "version": rule.version, "limit": rule.limit_a_day}
    events.happened(desk, "rule.limited", told, company_id=rule.company_id, subject=f"{rule.id}:{day}")
    return True


def _log(desk: Desk, name: str, version: int, order: Order, act: Act, error: BmtuiError | None = None) -> None:
    RuleLog.create(
        rule=name,
        version=version,
        at=desk.now(),
        company_id=order.company_id,
        order_ref=order.id,
        # The log omits a note's text, as it may be about the buyer; the order has it.
        action=act.verb if act.verb == "note" else f"{act.verb} {act.word}".strip(),
        done=error is None,
        error=type(error).__name__ if error is not None else "",
    )
    if error is None:
        told = {"rule": name, "version": version, "action": act.verb}
        events.happened(desk, "rule.acted", told, company_id=order.company_id, order_row=order.id)


def _poll(desk: Desk, rule: _Ready) -> None:
    """Run a rule with a schedule or a span: once for each order, as long as it matches."""
    now = desk.now()
    pause = rule.moment.every or LOOK_EVERY
    if rule.row.ran_at <= now < rule.row.ran_at + pause:
        return
    with desk.store.transaction():
        taken = Rule.update(ran_at=now).where((Rule.id == rule.rule_id) & (Rule.ran_at == rule.row.ran_at)).execute()
    if taken != 1:
        return
    try:
        _forget_others(desk, rule)
        _note_new(desk, rule)
    except BmtuiError:
        return
    due = (RuleOrder.rule == rule.rule_id) & ~RuleOrder.done
    for seen in list(RuleOrder.select().where(due).order_by(RuleOrder.since).limit(BATCH)):
        if _lasted(desk, rule, seen):
            _act_for(desk, rule, seen)


def _lasted(desk: Desk, rule: _Ready, seen: RuleOrder) -> bool:
    if rule.moment.lasting is None:
        return True
    market = Order.select(Order.market).where(Order.id == seen.order_ref).scalar()
    return business_hours.of_market(market).between(seen.since, desk.now()) >= rule.moment.lasting


def _act_for(desk: Desk, rule: _Ready, seen: RuleOrder) -> None:
    with desk.store.transaction():
        mine = (RuleOrder.rule == rule.rule_id) & (RuleOrder.order == seen.order_ref) & ~RuleOrder.done
        if seen.order_ref not in _matching(desk, rule, [seen.order_ref]):
            return
        if _limited(replace(desk, actor=rule.actor), rule.row):
            return
        if RuleOrder.update(done=True).where(mine).execute() == 1:
            _act(desk, rule, seen.order_ref, ())


def _forget_others(desk: Desk, rule: _Ready) -> None:
    """Forget orders that no longer match: the rule acts again once they match again."""
    ids = [row.order_ref for row in RuleOrder.select(RuleOrder.order).where(RuleOrder.rule == rule.rule_id)]
    for begin in range(0, len(ids), 500):
        some = ids[begin : begin + 500]
        gone = set(some) - set(search.matching(desk, rule.row.query, some))
        if gone:
            RuleOrder.delete().where((RuleOrder.rule == rule.rule_id) & RuleOrder.order.in_(sorted(gone))).execute()


def _note_new(desk: Desk, rule: _Ready) -> None:
    """Store newly matching orders with the time since when they match."""
    query = Search(rule.row.query, desk.now(), desk.zone(rule.company or None), rule.row.company_id)
    query.narrow("NOT EXISTS (SELECT 1 FROM rule_orders WHERE rule_id = ? AND order_ref = o.id)", rule.rule_id)
    found = [row[0] for row in query.page("o.id", "created", True, From(), BATCH)]
    if found:
        with desk.store.transaction():
            for order_row in found:
                RuleOrder.insert(
                    rule=rule.rule_id, order=order_row, since=desk.now(), done=False
                ).on_conflict_ignore().execute()
