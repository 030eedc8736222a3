"""Undo of an import as one step, as long as no later work depends on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bmtui.desk.cancellation import internal
from bmtui.desk.core import audit, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import channel_states
from bmtui.desk.refunds import void
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.tags import tags
from bmtui.errors import NotFound, RuleRefused
from bmtui.store.models import (
    Import,
    ImportChange,
    InvoiceRefund,
    Note,
    Order,
    OrderField,
    OrderTag,
    Refund,
    Return,
    ReturnItem,
    ReturnRefund,
    Unit,
)
from bmtui.words import RefundState, ReturnApproval, ReturnStatus, UploadState, label

_REASON = "The import was taken back."


@dataclass(frozen=True, slots=True)
class ImportView:
    """Imported file; `undone_at` is None while it stands."""

    import_id: int
    file: str
    made_at: datetime
    made_by: str
    orders: int
    changes: int
    undone_at: datetime | None
    undone_by: str


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Later change that keeps an import from being undone."""

    order_id: int
    file_row: int
    why: str

    def __str__(self) -> str:
        return f"Order {self.order_id} (row {self.file_row}): {self.why}"


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """Plan of an undo: the counts of its changes; it is refused while there is an obstacle."""

    view: ImportView
    counts: Mapping[str, int]
    obstacles: tuple[Obstacle, ...]

    @property
    def sentence(self) -> str:
        """Counts in one sentence."""
        names = {"rma": "RMAs", "unit": "serial numbers", "status": "statuses"}
        parts = [f"{names.get(what, what + 's')}: {count:,}" for what, count in self.counts.items()]
        return f"Import {self.view.import_id} ({self.view.file}) is taken back: {', '.join(parts) or 'nothing'}."


def listing(desk: Desk) -> tuple[ImportView, ...]:
    """Return the imports, newest first."""
    with desk.store.snapshot():
        return tuple(_view(row) for row in Import.select().order_by(Import.id.desc()))


def plan(desk: Desk, import_id: int | None = None) -> UndoPlan:
    """Return the plan of undoing an import, by default of the last that stands. Raises NotFound, RuleRefused."""
    with desk.store.snapshot():
        return _plan(_row(import_id))


def undo(desk: Desk, import_id: int | None = None) -> UndoPlan:
    """Undo an import, all or nothing; RMAs are closed and refunds voided, so that no number is given twice.

    Raises:
        NotFound, RuleRefused: it was undone already, later work depends on it, or the account is no admin's.
    """
    desk.must_write()
    permissions.must_be_admin(desk)
    with desk.store.transaction():
        row = _row(import_id)
        planned = _plan(row)
        if planned.obstacles:
            raise RuleRefused(
                f"Import {row.id} cannot be taken back: {len(planned.obstacles):,} of its changes were built on. "
                f"{planned.obstacles[0]} Nothing was changed."
            )
        for change in _changes(row):
            _BACK[change.what](desk, change)
        Import.update(undone_at=desk.now(), undone_by=desk.actor).where(Import.id == row.id).execute()
        audit.record(desk, "orders.import_undone", planned.sentence, after={"import": row.id})
        return planned


def _row(import_id: int | None) -> Import:
    if import_id is None:
        row = Import.select().where(Import.undone_at.is_null()).order_by(Import.id.desc()).first()
        if row is None:
            raise NotFound("There is no import that stands.", "See 'bmtui moving-in imports'.")
    else:
        row = Import.get_or_none(Import.id == import_id)
        if row is None:
            raise NotFound(f"There is no import {import_id}.", "See 'bmtui moving-in imports'.")
    if row.undone_at is not None:
        raise RuleRefused(f"Import {row.id} was taken back by {row.undone_by} already; nothing was changed.")
    found: Import = row
    return found


def _changes(row: Import) -> list[ImportChange]:
    query = ImportChange.select(ImportChange, Order).join(Order).where(ImportChange.of == row)
    return list(query.order_by(ImportChange.id))


def _plan(row: Import) -> UndoPlan:
    changes = _changes(row)
    counts: dict[str, int] = {}
    obstacles = []
    for change in changes:
        counts[change.what] = counts.get(change.what, 0) + 1
        if why := _WHY_NOT[change.what](change):
            obstacles.append(Obstacle(change.order.order_id, change.file_row, why))
    return UndoPlan(_view(row), counts, tuple(obstacles))


def _view(row: Import) -> ImportView:
    changes = ImportChange.select().where(ImportChange.of == row)
    touched = changes.select(ImportChange.order).distinct().count()
    return ImportView(
        row.id, row.file, row.made_at, row.made_by, touched, changes.count(), row.undone_at, row.undone_by
    )


def _status_stays(change: ImportChange) -> str:
    order = change.order
    if order.status != change.after:
        return f"its status is {label(order.status)} by now."
    return internal.why_not_back(order.status, order.channel_status, order.shipping_status) or ""


def _note_stays(change: ImportChange) -> str:
    here = (Note.id == change.subject_id) & (Note.text == change.after)
    return "" if Note.select().where(here).exists() else "its note is another by now."


def _tag_stays(change: ImportChange) -> str:
    here = (OrderTag.order == change.order) & (OrderTag.tag == change.name)
    return "" if OrderTag.select().where(here).exists() else f"the tag {change.name} was taken away."


def _assignee_stays(change: ImportChange) -> str:
    return "" if change.order.assignee == change.after else f"it is assigned to {change.order.assignee or 'nobody'}."


def _field_stays(change: ImportChange) -> str:
    here = (OrderField.order == change.order) & (OrderField.name == change.name) & (OrderField.value == change.after)
    return "" if OrderField.select().where(here).exists() else f"the field {change.name} says something else by now."


def _refund_stays(change: ImportChange) -> str:
    refund = Refund.get_by_id(change.subject_id)
    if refund.state != RefundState.RECORDED:
        return f"refund {refund.id} is {label(refund.state)}."
    note = InvoiceRefund.get_or_none(InvoiceRefund.refund == refund)
    if note is not None:
        return f"refund {refund.id} has the credit note {note.invoice.number}."
    inside = ReturnRefund.select().where(ReturnRefund.refund == refund).exists()
    return f"refund {refund.id} is part of an RMA." if inside else ""


def _return_stays(change: ImportChange) -> str:
    rma = Return.get_by_id(change.subject_id)
    if str(rma.version) == change.after and rma.status != ReturnStatus.CLOSED:
        return ""
    return f"somebody worked on RMA {rma.id}."


def _unit_stays(change: ImportChange) -> str:
    unit = Unit.get_by_id(change.subject_id)
    same = unit.state == UploadState.KEPT and change.after in (unit.imei, unit.serial_number)
    return "" if same else f"what went out is {unit.imei or unit.serial_number or 'unknown'} by now."


def _status_back(desk: Desk, change: ImportChange) -> None:
    order = Order.get_by_id(change.order_ref)
    # The order's own status follows Back Market, which may have changed it since.
    own = channel_states.order_status(order.channel_status, order.shipping_status)
    internal.change(desk, order, change.before if change.before in internal.STATUSES else own, "", "order.brought_back")


def _note_back(desk: Desk, change: ImportChange) -> None:
    Note.delete().where(Note.id == change.subject_id).execute()


def _tag_back(desk: Desk, change: ImportChange) -> None:
    tags.tag(_of(desk, change), change.order.order_id, remove=[change.name])


def _assignee_back(desk: Desk, change: ImportChange) -> None:
    tags.assign(_of(desk, change), change.order.order_id, change.before)


def _field_back(desk: Desk, change: ImportChange) -> None:
    tags.set_fields(_of(desk, change), change.order.order_id, {change.name: change.before})


def _refund_back(desk: Desk, change: ImportChange) -> None:
    assert change.subject_id is not None
    void.void(_of(desk, change), change.order.order_id, change.subject_id, _REASON)


def _return_back(desk: Desk, change: ImportChange) -> None:
    # Its number may stand on a parcel: it is closed and rejected, never deleted.
    assert change.subject_id is not None
    ReturnItem.update(approval=ReturnApproval.REJECTED).where(ReturnItem.rma == change.subject_id).execute()
    return_actions.set_status(_of(desk, change), change.subject_id, ReturnStatus.CLOSED, _REASON)


def _unit_back(desk: Desk, change: ImportChange) -> None:
    Unit.update(state=UploadState.WITHDRAWN, error=_REASON).where(Unit.id == change.subject_id).execute()


def _of(desk: Desk, change: ImportChange) -> Desk:
    """Return the desk of the order's company: another may have an order of the same number."""
    return desk.of_company(change.order.company.name)


_WHY_NOT: Mapping[str, Callable[[ImportChange], str]] = {
    "status": _status_stays,
    "note": _note_stays,
    "tag": _tag_stays,
    "assignee": _assignee_stays,
    "field": _field_stays,
    "refund": _refund_stays,
    "rma": _return_stays,
    "unit": _unit_stays,
}
_BACK: Mapping[str, Callable[[Desk, ImportChange], None]] = {
    "status": _status_back,
    "note": _note_back,
    "tag": _tag_back,
    "assignee": _assignee_back,
    "field": _field_back,
    "refund": _refund_back,
    "rma": _return_back,
    "unit": _unit_back,
}
