"""Events of deadlines: an order that is late or soon late, a customer who waits, an invoice that is missing.

No change writes them, only time, so each worker looks once a minute. Each deadline gives one event; a deadline that
passed more than a day before the look gives none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bmtui.channel.care import FolderState
from bmtui.desk.core import business_hours, json_values
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.invoicing import search as invoice_search
from bmtui.store.models import CareFolder, Company, Event, Order, to_micros
from bmtui.store.search import From, Search

TOLD_WITHIN = timedelta(days=1)
BATCH = 200
_LONGEST_DUE = timedelta(days=12)
"""Longest time from shipping to the due day of an invoice, public holidays included."""
_CLOCK = "CAST(o.id AS TEXT) || ':' || CAST(o.ship_by AS TEXT)"
_UNTOLD = f"NOT EXISTS (SELECT 1 FROM events WHERE name = ? AND subject = {_CLOCK})"  # noqa: S608 - no foreign text


def look(desk: Desk) -> None:
    """Write the events of the deadlines that passed since the last look."""
    for company in list(Company.select().where(Company.enabled)):
        _orders(desk, company, "order.late", "overdue")
        _orders(desk, company, "order.late_soon", "soon")
        _folders(desk, company)
    _invoices(desk)


def _orders(desk: Desk, company: Company, name: str, clock: str) -> None:
    now = desk.now()
    search = Search(f"shipby:{clock}", now, desk.zone(company.name), company.id)
    search.narrow("o.ship_by > ?", to_micros(now - TOLD_WITHIN))
    search.narrow(_UNTOLD, name)
    found = [row[0] for row in search.page("o.id", "shipby", False, From(), BATCH)]
    if not found:
        return
    with desk.store.transaction():
        for order in Order.select(Order.id, Order.ship_by).where(Order.id.in_(found)):
            subject = f"{order.id}:{to_micros(order.ship_by)}"
            _tell(desk, name, {"ship_by": order.ship_by}, company.id, order.id, subject)


def _folders(desk: Desk, company: Company) -> None:
    now = desk.now()
    mine = (CareFolder.company == company) & (CareFolder.state == FolderState.OPEN) & (CareFolder.error == "")
    waiting = list(CareFolder.select().where(mine & CareFolder.waiting_since.is_null(False)))
    if not waiting:
        return
    theirs = (Order.company == company) & Order.order_id.in_([folder.order_id for folder in waiting])
    orders = {row.order_id: row.id for row in Order.select(Order.id, Order.order_id).where(theirs)}
    known = _known([_subject(folder) for folder in waiting], "folder.waits", "folder.late")
    new: list[tuple[str, CareFolder, dict[str, object]]] = []
    for folder in waiting:
        since = folder.waiting_since
        assert since is not None
        data: dict[str, object] = {"folder_id": folder.folder_id, "waiting_since": since}
        late_at = business_hours.of_market(folder.market).after(since, company.answer_within_h)
        if ("folder.waits", _subject(folder)) not in known and since > now - TOLD_WITHIN:
            new.append(("folder.waits", folder, data))
        if ("folder.late", _subject(folder)) not in known and now - TOLD_WITHIN < late_at <= now:
            new.append(("folder.late", folder, {**data, "hours": company.answer_within_h}))
    if new:
        with desk.store.transaction():
            for name, folder, told in new[:BATCH]:
                _tell(desk, name, told, company.id, orders.get(folder.order_id or 0), _subject(folder))


def _invoices(desk: Desk) -> None:
    now = desk.now()
    waiting = invoice_search.waiting(desk, limit=BATCH, shipped_after=now - _LONGEST_DUE)
    late = [row for row in waiting if now - TOLD_WITHIN < row.due_at <= now]
    if not late:
        return
    companies = {row.name: row.id for row in Company.select()}
    with desk.store.transaction():
        for row in late:
            mine = (Order.company == companies[row.order.company]) & (Order.order_id == row.order.order_id)
            order = Order.get(mine)
            told = {"shipped_at": row.order.shipped_at, "due_at": row.due_at}
            _tell(desk, "invoice.missing", told, order.company_id, order.id, str(order.id))


def _known(subjects: list[str], *names: str) -> set[tuple[str, str]]:
    query = Event.select(Event.name, Event.subject).where(Event.name.in_(names) & Event.subject.in_(subjects))
    return {(row.name, row.subject or "") for row in query}


def _subject(folder: CareFolder) -> str:
    assert folder.waiting_since is not None
    return f"{folder.id}:{to_micros(folder.waiting_since)}"


def _tell(
    desk: Desk, name: str, data: Mapping[str, object], company_id: int, order_row: int | None, subject: str
) -> None:
    said = {key: str(json_values.time(value)) if isinstance(value, datetime) else value for key, value in data.items()}
    events.happened(desk, name, said, company_id=company_id, order_row=order_row, subject=subject)
