"""A rule tried on stored orders, before it runs: nothing is changed."""

from __future__ import annotations

from bmtui.desk.acceptance import rules as acceptance_rules
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.rules import rules
from bmtui.desk.rules.views import Draft, RuleView, Trial
from bmtui.store.models import Order

SHOWN = 20


def trial(desk: Desk, draft: Draft | str) -> Trial:
    """What a rule, or a draft of one, would have done with all stored orders.

    Raises:
        As `check`; NotFound: no such rule.
    """
    if isinstance(draft, str):
        view = rules.show(desk, draft)
        if view.builtin:
            return _acceptance_trial(desk, view)
        draft = rules.draft_of(view)
    with desk.store.snapshot():
        ready = rules.check(desk, draft)
        at = desk.of_company(draft.company) if draft.company else desk
        total = Order.select()
        if ready.company_id is not None:
            total = total.where(Order.company == ready.company_id)
        page = search.page(at, draft.query, limit=SHOWN)
        ids = tuple(row.order_id for row in page.rows)
        return Trial(draft.name, total.count(), search.count_exactly(at, draft.query), ids, draft.then)


def _acceptance_trial(desk: Desk, view: RuleView) -> Trial:
    tested = acceptance_rules.back_test(desk, view.company)
    refused = {order_id for order_id, _ in tested.refused}
    at = desk.of_company(view.company)
    rows = search.page(at, "", limit=SHOWN * 5).rows
    ids = tuple(row.order_id for row in rows if row.received.minor and row.order_id not in refused)[:SHOWN]
    return Trial(view.name, tested.total, tested.accepted, ids, (rules.ACCEPT,))
