"""Rows of the lists of after-sales folders, with their age in business hours of their market (order-desk §9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bmtui.channel.care import FolderState
from bmtui.desk.after_sales import folder_store
from bmtui.desk.core import business_hours
from bmtui.desk.core.context import Desk
from bmtui.errors import NotFound, RuleRefused
from bmtui.store.models import CareFolder, Company, Effect, Order, Return
from bmtui.words import EFFECT_LIVE, EffectKind

STATES: Mapping[int, str] = {FolderState.OPEN: "open", FolderState.CLOSED: "closed"}
_UNREADABLE = "unreadable"
COLUMNS = [
    field
    for name, field in CareFolder._meta.fields.items()
    if name != "payload"  # which may be large
]
"""Columns of a folder that lists read."""


@dataclass(frozen=True, slots=True)
class FolderRow:
    """Row of the after-sales inbox.

    Attributes:
        waiting_since: time of the customer's first unanswered message; None when none waits.
        age: business time since then; `due_at`: when your target of answering is missed; `late`: it is.
        order_here: the order is in this store; `answering`: the state of the write that is not settled, or ''.
    """

    folder_id: int
    company: str
    state: str
    market: str
    customer: str
    order_id: int | None
    order_here: bool
    line_id: int | None
    sku: str
    issue: str
    rma_ids: tuple[int, ...]
    created_at: datetime | None
    modified_at: datetime | None
    last_message_at: datetime | None
    waiting_since: datetime | None
    age: timedelta | None
    due_at: datetime | None
    late: bool
    answering: str
    fetched_at: datetime
    error: str


def folder_row(desk: Desk, folder_id: int) -> CareFolder:
    """Return the row of a folder. Raises NotFound; RuleRefused when two companies have a folder of this number."""
    query = CareFolder.select(CareFolder, Company).join(Company).where(CareFolder.folder_id == folder_id)
    if desk.company:
        query = query.where(Company.name == desk.company)
    rows = list(query.limit(2))
    if not rows:
        raise NotFound(f"There is no after-sales folder {folder_id} here.", "Download it: 'bmtui care download'.")
    if len(rows) > 1:
        raise RuleRefused(f"Several companies have a folder {folder_id}.", "Say which with --company NAME.")
    return rows[0]


def views_of(desk: Desk, rows: Sequence[CareFolder]) -> list[FolderRow]:
    """Return rows of the inbox, with their RMAs, whether their order is here, and their unsettled writes."""
    now = desk.now()
    order_ids = [row.order_id for row in rows if row.order_id is not None]
    here = {
        (order.company_id, order.order_id)
        for order in Order.select(Order.company, Order.order_id).where(Order.order_id.in_(order_ids))
    }
    rmas: dict[tuple[int, int | None], list[int]] = defaultdict(list)
    for rma in Return.select().where(Return.folder_id.in_([row.folder_id for row in rows])).order_by(Return.id):
        rmas[rma.company_id, rma.folder_id].append(rma.id)
    sending = {
        effect.target: effect.state
        for effect in Effect.select().where((Effect.kind == EffectKind.MESSAGE) & Effect.state.in_(EFFECT_LIVE))
    }
    found = []
    for row in rows:
        age = due = None
        if row.waiting_since is not None:
            calendar = business_hours.of_market(row.market)
            age = calendar.between(row.waiting_since, now)
            due = calendar.after(row.waiting_since, row.company.answer_within_h)
        found.append(
            FolderRow(
                folder_id=row.folder_id,
                company=row.company.name,
                state=_UNREADABLE if row.state < 0 else STATES.get(row.state, f"unknown_{row.state}"),
                market=row.market,
                customer=row.customer,
                order_id=row.order_id,
                order_here=(row.company_id, row.order_id) in here,
                line_id=row.line_id,
                sku=row.sku,
                issue=row.issue,
                rma_ids=tuple(rmas[row.company_id, row.folder_id]),
                created_at=row.created_at,
                modified_at=row.modified_at,
                last_message_at=row.last_message_at,
                waiting_since=row.waiting_since,
                age=age,
                due_at=due,
                late=due is not None and due < now,
                answering=sending.get(folder_store.target(row.company_id, row.folder_id), ""),
                fetched_at=row.fetched_at,
                error=row.error,
            )
        )
    return found
