"""The after-sales inbox: what waits for an answer, by its age in business hours of its market (order-desk §9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bmtui.channel.care import CareLine, CareMessage, FolderState, ReturnLabel, read_folder
from bmtui.channel.uploads import PROBLEM_TYPES
from bmtui.desk.after_sales import folder_store, replies
from bmtui.desk.core import business_hours, list_filters
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox.actions import EffectView
from bmtui.errors import ConfigError, NotFound, NotUnderstood, RuleRefused
from bmtui.store.models import CareFolder, Company, Effect, Order, Return
from bmtui.words import EFFECT_LIVE, EffectKind, label

STATES: Mapping[int, str] = {FolderState.OPEN: "open", FolderState.CLOSED: "closed"}
HELP = "state:open|closed|all show:waiting|late market: order: line: company:, and bare words"
_UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class FolderRow:
    """One folder as the inbox shows it.

    Attributes:
        waiting_since: when the customer wrote what nobody answered; None when nothing waits.
        age: business time since then; `due_at`: when your target of answering is missed; `late`: it is.
        order_here: the order is in this store; `answering`: the state of what is being sent, or ''.
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


@dataclass(frozen=True, slots=True)
class FolderView:
    """One folder with everything. `problems` and `transfer_why_not` are the channel's rules for this folder."""

    row: FolderRow
    language: str
    customer_email: str
    product_state: str
    tracking_number: str
    lines: tuple[CareLine, ...]
    messages: tuple[CareMessage, ...]
    labels: tuple[ReturnLabel, ...]
    effects: tuple[EffectView, ...]
    problems: tuple[str, ...]
    transfer_why_not: str


def listing(desk: Desk, query: str = "", *, limit: int = 200) -> tuple[FolderRow, ...]:
    """What waits, the oldest in business hours first, then the others by their last message; open ones unless asked.

    Raises:
        ConfigError: the filter cannot be read.
    """
    with desk.store.snapshot():
        query, show = _take(query, "show", ("waiting", "late"))
        query, state = _take(query, "state", ("open", "closed", "all"))
        parts = list_filters.conditions(query, _KEYS, _word, "folders")
        if state != "all":
            parts.append(CareFolder.state == (FolderState.CLOSED if state == "closed" else FolderState.OPEN))
        if desk.company:
            parts.append(Company.name == desk.company)
        found = CareFolder.select(*_COLUMNS, Company).join(Company)
        if parts:
            found = found.where(list_filters.all_of(parts))
        # Their ages go by calendars that differ, so that only all of them can be sorted.
        waiting = _rows(desk, list(found.where(CareFolder.waiting_since.is_null(False))))
        waiting.sort(key=lambda row: row.age or timedelta(), reverse=True)
        if show:
            return tuple(row for row in waiting if show == "waiting" or row.late)[:limit]
        rest = found.where(CareFolder.waiting_since.is_null()).order_by(CareFolder.last_message_at.desc(nulls="LAST"))
        return (*waiting, *_rows(desk, list(rest.limit(limit))))[:limit]


def show(desk: Desk, folder_id: int) -> FolderView:
    """One folder with its messages. Raises NotFound."""
    with desk.store.snapshot():
        row = folder_row(desk, folder_id)
        view = _rows(desk, [row])[0]
        waiting = Effect.select(Effect.id).where(
            (Effect.target == folder_store.target(row.company_id, folder_id)) & Effect.state.in_(EFFECT_LIVE)
        )
        effects = tuple(outbox.show(desk, effect.id) for effect in waiting.order_by(Effect.id))
        problems = tuple(kind for kind in PROBLEM_TYPES if replies.problem_why_not(folder_id, kind) == "")
        facts: dict[str, Any] = {
            "customer_email": "",
            "product_state": "",
            "tracking_number": "",
            "lines": (),
            "messages": (),
            "labels": (),
        }
        try:
            folder = read_folder(row.payload)
            facts = {
                "customer_email": folder.customer_email,
                "product_state": "" if folder.orderline_state is None else str(folder.orderline_state),
                "tracking_number": folder.tracking_number,
                "lines": folder.lines,
                "messages": tuple(sorted(folder.messages, key=folder_store.sent_at)),
                "labels": folder.labels,
            }
        except NotUnderstood:
            # Said by `row.error`.
            pass
        return FolderView(
            row=view,
            language=view.market[:2] or "en",
            effects=effects,
            problems=problems,
            transfer_why_not=replies.transfer_why_not(folder_id),
            **facts,
        )


def of_order(desk: Desk, company: str, order_id: int) -> tuple[FolderRow, ...]:
    """The folders about an order, the newest first."""
    with desk.store.snapshot():
        mine = (Company.name == company) & (CareFolder.order_id == order_id)
        found = CareFolder.select(*_COLUMNS, Company).join(Company).where(mine)
        return tuple(_rows(desk, list(found.order_by(CareFolder.folder_id.desc()))))


def folder_row(desk: Desk, folder_id: int) -> CareFolder:
    """The row of a folder. Raises NotFound; RuleRefused when two companies have one of this number."""
    query = CareFolder.select(CareFolder, Company).join(Company).where(CareFolder.folder_id == folder_id)
    if desk.company:
        query = query.where(Company.name == desk.company)
    rows = list(query.limit(2))
    if not rows:
        raise NotFound(f"There is no after-sales folder {folder_id} here.", "Download it: 'bmtui care download'.")
    if len(rows) > 1:
        raise RuleRefused(f"Several companies have a folder {folder_id}.", "Say which with --company NAME.")
    return rows[0]


_COLUMNS = [
    field
    for name, field in CareFolder._meta.fields.items()
    if name != "payload"  # which may be large
]


def _rows(desk: Desk, rows: Sequence[CareFolder]) -> list[FolderRow]:
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


def state_label(state: str) -> str:
    """What a person reads for a folder's state."""
    return label(state)


def _take(query: str, key: str, words: Sequence[str]) -> tuple[str, str]:
    """Take the filter `key` out of the query: the rest, and its word or ''."""
    kept, word = [], ""
    for part in query.split():
        name, colon, value = part.partition(":")
        if colon and name.lower() == key:
            word = list_filters.meant(words, value, key)
        else:
            kept.append(part)
    return " ".join(kept), word


def _word(value: str) -> Any:
    like = f"%{value}%"
    found = (CareFolder.customer**like) | (CareFolder.sku**like) | (CareFolder.issue**like)
    if value.isascii() and value.isdecimal() and len(value) <= 18:
        number = int(value)
        found |= (CareFolder.folder_id == number) | (CareFolder.order_id == number) | (CareFolder.line_id == number)
    return found


def _market(value: str) -> Any:
    if len(value) > 10:
        raise ConfigError(f"'{value[:40]}' is not a market.", "Write it like fr-fr.")
    return CareFolder.market == value.lower()


_KEYS: Mapping[str, list_filters.Condition] = {
    "market": _market,
    "order": list_filters.number(CareFolder.order_id),
    "line": list_filters.number(CareFolder.line_id),
    "company": lambda value: Company.name == value,
}
