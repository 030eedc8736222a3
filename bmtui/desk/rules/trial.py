"""Trial of a rule on stored orders, before it runs: nothing is changed."""

from __future__ import annotations

from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.acceptance import rules as acceptance_rules
from bmtui.desk.companies import acceptance_settings
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.rules import rules
from bmtui.desk.rules.views import Draft, Trial
from bmtui.store.models import Company, Order

SHOWN = 20


def trial(desk: Desk, draft: Draft | str) -> Trial:
    """Return the orders on which a rule, or a draft of one, would have acted, of all stored orders.

    Raises:
        As `check`; NotFound: no such rule.
    """
    if isinstance(draft, str):
        draft = rules.draft_of(rules.show(desk, draft))
    with desk.store.snapshot():
        ready = rules.check(desk, draft)
        if draft.when == acceptance_settings.MOMENT:
            return _acceptance_trial(desk, draft, Company.get_by_id(ready.company_id).name)
        at = desk.of_company(draft.company) if draft.company else desk
        total = Order.select()
        if ready.company_id is not None:
            total = total.where(Order.company == ready.company_id)
        page = search.page(at, draft.query, limit=SHOWN)
        ids = tuple(row.order_id for row in page.rows)
        return Trial(draft.name, total.count(), search.count_exactly(at, draft.query), ids, draft.then)


def _acceptance_trial(desk: Desk, draft: Draft, company: str) -> Trial:
    tested = acceptance_rules.back_test(desk, company, draft.query)
    refused = {order_id for order_id, _ in tested.refused}
    rows = search.page(desk.of_company(company), "", limit=SHOWN * 5).rows
    ids = tuple(row.order_id for row in rows if row.received.minor and row.order_id not in refused)[:SHOWN]
    waiting = acceptance.waiting(desk, company, draft.query)
    return Trial(draft.name, tested.total, tested.accepted, ids, draft.then, waiting)
