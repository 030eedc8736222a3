"""Preview of an order beside the list: the parts that its row does not show, read by a few small queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bmtui.desk.core.context import Desk
from bmtui.desk.core.order_views import HistoryView, LineView
from bmtui.desk.orders import rows as orders
from bmtui.desk.shipping import packing_locks, shipped_state
from bmtui.store.models import Audit, CareFolder, Invoice, Return
from bmtui.words import UPLOAD_VOID

EVENTS = 4
"""Number of last events that are shown."""


@dataclass(frozen=True, slots=True)
class PreviewView:
    """Preview of an order: lines, last events newest first, numbers of its folders, RMAs and documents."""

    order_id: int
    company: str
    lines: tuple[LineView, ...]
    events: tuple[HistoryView, ...]
    folders: tuple[int, ...]
    returns: tuple[int, ...]
    invoices: tuple[str, ...]
    packing: str
    """Sentence about the person who packs the order now; '' for nobody."""


def read(desk: Desk, order_id: int) -> PreviewView:
    """Read the preview of an order. Raises NotFound; RuleRefused if two companies have an order of this number."""
    with desk.store.snapshot():
        order = orders.order_row(desk, order_id)
        units = [unit for unit in shipped_state.units_of(order.id) if unit.state not in UPLOAD_VOID]
        lines = tuple(
            orders.line_view(line, order.currency, [unit for unit in units if unit.line_ref == line.id])
            for line in orders.lines_of(order)
        )
        audit = Audit.select(Audit.at, Audit.actor, Audit.action, Audit.summary).where(Audit.order_ref == order.id)
        mine = (CareFolder.company == order.company_id) & (CareFolder.order_id == order_id)
        folders = CareFolder.select(CareFolder.folder_id).where(mine).order_by(CareFolder.folder_id.desc())
        returns = Return.select(Return.id).where(Return.order == order.id).order_by(Return.id.desc())
        invoices = Invoice.select(Invoice.number).where(Invoice.order == order.id).order_by(Invoice.id)
        lease = packing_locks.of_order(desk, order)
        return PreviewView(
            order_id=order_id,
            company=order.company.name,
            lines=lines,
            events=tuple(HistoryView(*row) for row in _rows(audit.order_by(Audit.id.desc()).limit(EVENTS))),
            folders=tuple(folder for (folder,) in _rows(folders)),
            returns=tuple(rma for (rma,) in _rows(returns)),
            invoices=tuple(number for (number,) in _rows(invoices)),
            packing=lease.sentence if lease else "",
        )


def _rows(query: Any) -> Iterable[Sequence[Any]]:
    found: Iterable[Sequence[Any]] = query.tuples()
    return found
