"""Acceptance: by hand, in bulk, or by the company's rule (order-desk §2, API §6). The sender reads the order first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

from bmtui.channel import requests
from bmtui.channel.model import LineState
from bmtui.channel.requests import WriteRequest
from bmtui.desk.acceptance import rules as acceptance_rules
from bmtui.desk.companies import acceptance_rule, acceptance_settings, channel_access, sending_pauses
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import effects
from bmtui.desk.outbox.review import Sends
from bmtui.errors import BmtuiError, RuleRefused
from bmtui.store.models import Company, Effect, Order, OrderLine, Rule
from bmtui.words import ChannelStatus, EffectKind, OrderStatus, label

BATCH = 100
"""Number of orders that a rule accepts in one call of `submit_due`."""


@dataclass(frozen=True, slots=True)
class AcceptPlan(Sends):
    """Plan of an acceptance: one request for each SKU, and the `sentence` that the screens show."""

    READ_FIRST = True

    order_id: int
    writes: tuple[WriteRequest, ...]
    sentence: str

    @property
    def requests(self) -> tuple[WriteRequest, ...]:
        return self.writes


@dataclass(frozen=True, slots=True)
class Accepted:
    order_id: int
    job_id: int
    plan: AcceptPlan


def plan(desk: Desk, order_id: int) -> AcceptPlan:
    """Return the requests that accepting the order would send; change nothing.

    Raises:
        NotFound, RuleRefused, ConfigError: it cannot be accepted, with the reason.
    """
    with desk.store.snapshot():
        return _plan(desk, orders.order_row(desk, order_id))[0]


def accept(desk: Desk, order_id: int, *, because: str = "") -> Accepted:
    """Accept all lines that wait for acceptance. A job sends it, unless the buyer has cancelled meanwhile: that wins.

    Raises:
        NotFound, RuleRefused, ConfigError: nothing was stored.
    """
    desk.must_write()
    with desk.store.transaction():
        order = orders.order_row(desk, order_id)
        made, groups = _plan(desk, order)
        job_id = effects.open_job(desk, EffectKind.ACCEPT, order.company, order)
        for write, lines in zip(made.writes, groups, strict=True):
            effects.plan(
                desk,
                EffectKind.ACCEPT,
                order.company,
                order,
                write,
                target=effects.line_target(order.company_id, lines[0].line_id),
                about=f"Acceptance of {lines[0].sku}",
                expected=effects.lines_expected([line.line_id for line in lines], LineState.PAID, LineState.ACCEPTED),
                job_id=job_id,
            )
        audit.record(
            desk,
            "order.accepted",
            f"{made.sentence}{f' {because}' if because else ''}",
            company_id=order.company_id,
            order_row=order.id,
            after={"skus": [lines[0].sku for lines in groups], "job": job_id},
        )
        return Accepted(order_id, job_id, made)


def why_not(order: Order, lines: list[OrderLine]) -> str | None:
    """Return the reason why the order cannot be accepted now, or None (order-desk §3)."""
    named = f"Order {order.order_id}"
    if order.channel_status == ChannelStatus.AWAITING_PAYMENT:
        return f"{named} waits for the buyer's payment: it can be neither accepted nor shipped before."
    if not any(line.state == LineState.PAID for line in lines):
        return f"{named} is {label(order.channel_status)} on Back Market: no line of it is to accept."
    if order.status != OrderStatus.IN_PROCESS:
        return f"{named} is {label(order.status)} here: bring it back to In Process first."
    moving = effects.moving(order)
    return f"{named}: {moving.about} is on its way to Back Market." if moving is not None else None


def submit_due(
    desk: Desk,
    may: Callable[[Desk, Rule], bool] = lambda *_: True,
    noted: Callable[[Desk, Rule, Order], None] = lambda *_: None,
) -> None:
    """Accept the orders that the rules of the companies take; each worker calls it every few seconds.

    An order that was tried once, by a rule or a person and with any result, is left to a person. `may` returns whether
    a rule may go on, `noted` is called in the transaction of each acceptance.
    """
    wanted = (Rule.moment == acceptance_settings.MOMENT) & Rule.enabled & (Rule.query != "") & Company.enabled
    for rule in list(Rule.select(Rule, Company).join(Company).where(wanted).order_by(Company.id)):
        company = cast(Company, rule.company)
        if sending_pauses.of_company(company.id) is not None:
            continue
        fitting = _fitting(company, acceptance_rule.parse(rule.query))
        mine = replace(desk, actor=rule.name, company=company.name)
        for order in fitting[:BATCH]:
            if not may(mine, rule):
                break
            try:
                with desk.store.transaction():
                    accept(mine, order.order_id, because=f"By the rule: {rule.query}")
                    noted(mine, rule, order)
            except RuleRefused:
                # Another process accepted it first, or the order changed.
                continue
            except BmtuiError:
                # Without a token none of the others can be accepted either; 'company test' says it.
                break


def waiting(desk: Desk, company: str | None = None, text: str | None = None) -> int:
    """Return the number of orders that a rule (by default the company's own) would accept now: waiting and never tried.

    Raises:
        NotFound, RuleRefused: no such company, or several and none named. ConfigError: a rule that cannot be read.
    """
    with desk.store.snapshot():
        row = desk.company_row(company)
        return len(_fitting(row, acceptance_rule.parse(acceptance_settings.text_of(row.id) if text is None else text)))


def _fitting(company: Company, rule: acceptance_rule.Rule) -> list[Order]:
    """Return the orders that wait for acceptance, were never tried and fit the rule, oldest first."""
    tried = Effect.select(Effect.order).where((Effect.kind == EffectKind.ACCEPT) & Effect.order.is_null(False))
    fresh = (Order.company == company) & (Order.channel_status == ChannelStatus.TO_ACCEPT)
    fresh &= (Order.status == OrderStatus.IN_PROCESS) & Order.id.not_in(tried)
    rows = list(Order.select().where(fresh).order_by(Order.created_at, Order.id))
    return [order for order, facts in acceptance_rules.facts_of(rows) if rule.why_not(facts) is None]


def _plan(desk: Desk, order: Order) -> tuple[AcceptPlan, list[list[OrderLine]]]:
    lines = orders.lines_of(order)
    reason = why_not(order, lines)
    if reason:
        raise RuleRefused(reason)
    # A missing token is told before anybody says yes, not by a job an hour later.
    channel_access.must_be_callable(desk, order.company)
    groups: dict[str, list[OrderLine]] = {}
    for line in lines:
        if line.state == LineState.PAID:
            groups.setdefault(line.sku, []).append(line)
    writes = tuple(requests.accept(order.order_id, sku) for sku in groups)
    pieces = ", ".join(f"{sum(line.quantity for line in group)} × {sku}" for sku, group in groups.items())
    sentence = f"Accept order {order.order_id}: {pieces}. Then it has to ship."
    return AcceptPlan(order.order_id, writes, sentence), list(groups.values())
