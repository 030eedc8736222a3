"""After-sales inbox: list, longest waiting first in business hours of the market, and one folder (order-desk §9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bmtui.channel.care import CareLine, CareMessage, FolderState, ReturnLabel, read_folder
from bmtui.channel.uploads import PROBLEM_TYPES
from bmtui.desk.after_sales import folder_store, replies, rows
from bmtui.desk.after_sales.rows import FolderRow
from bmtui.desk.core import list_filters
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox.actions import EffectView
from bmtui.errors import ConfigError, NotUnderstood
from bmtui.store.models import CareFolder, Company, Effect
from bmtui.words import EFFECT_LIVE

HELP = "state:open|closed|all show:waiting|late market: order: line: company:, and bare words"


@dataclass(frozen=True, slots=True)
class FolderView:
    """Folder with its messages, lines and effects. `problems` and `transfer_why_not` follow the channel's rules."""

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
    """Return waiting folders, oldest in business hours first, then the others by last message; open ones by default.

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
        elif "company:" not in query.lower():
            parts.append(Company.enabled == True)  # noqa: E712 - SQL
        found = CareFolder.select(*rows.COLUMNS, Company).join(Company)
        if parts:
            found = found.where(list_filters.all_of(parts))
        # Their ages go by calendars that differ, so that only all of them can be sorted.
        waiting = rows.views_of(desk, list(found.where(CareFolder.waiting_since.is_null(False))))
        waiting.sort(key=lambda row: row.age or timedelta(), reverse=True)
        if show:
            return tuple(row for row in waiting if show == "waiting" or row.late)[:limit]
        rest = found.where(CareFolder.waiting_since.is_null()).order_by(CareFolder.last_message_at.desc(nulls="LAST"))
        return (*waiting, *rows.views_of(desk, list(rest.limit(limit))))[:limit]


def show(desk: Desk, folder_id: int) -> FolderView:
    """Return a folder with its messages. Raises NotFound."""
    with desk.store.snapshot():
        row = rows.folder_row(desk, folder_id)
        view = rows.views_of(desk, [row])[0]
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
    """Return the folders about an order, newest first."""
    with desk.store.snapshot():
        mine = (Company.name == company) & (CareFolder.order_id == order_id)
        found = CareFolder.select(*rows.COLUMNS, Company).join(Company).where(mine)
        return tuple(rows.views_of(desk, list(found.order_by(CareFolder.folder_id.desc()))))


def _take(query: str, key: str, words: Sequence[str]) -> tuple[str, str]:
    """Remove the filter `key` from the query; return the rest and the filter's word, or ''."""
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
