"""Shipping: records a parcel, and plans its upload by a job as the company's policy says (order-desk §§2, 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bmtui.channel.model import LineState
from bmtui.desk.companies import channel_access, policies
from bmtui.desk.core import audit, personal_data
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import effects
from bmtui.desk.shipping import identifiers, required_identifiers, shipped_state
from bmtui.desk.shipping import plan as ship_plan
from bmtui.desk.shipping.plan import ShipPlan as ShipPlan
from bmtui.desk.shipping.plan import ShipRequest as ShipRequest
from bmtui.desk.shipping.views import ShipmentView
from bmtui.errors import EditConflict, NotFound, RuleRefused
from bmtui.store.models import Company, Effect, Order, OrderLine, Shipment, ShipmentLine, Unit
from bmtui.text import plain
from bmtui.words import EFFECT_LIVE, UPLOAD_VOID, EffectKind, UploadState, label

_OPEN = (UploadState.QUEUED, UploadState.SENDING, UploadState.FAILED, UploadState.UNKNOWN, UploadState.KEPT)
"""States of uploads that a list shows by default: not confirmed, and not put aside by a person."""
_TROUBLE = (UploadState.FAILED, UploadState.NOT_APPLIED, UploadState.UNKNOWN)
_KNOWN = (UploadState.CONFIRMED, UploadState.NOTIFIED)
_UNITS_OPEN = (*_TROUBLE, UploadState.SENDING, UploadState.QUEUED)
"""Open states of identifiers whose parcel the channel knows, the worst first."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """A recorded shipment. `job_id`: the upload's, None for a part of an order; `kept`: identifiers not to be sent."""

    order_id: int
    shipment_id: int
    job_id: int | None
    plan: ShipPlan
    kept: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Sentence about the shipment: its state here, its upload, and identifiers that the channel does not get."""
        what = "is shipped here" if self.plan.whole else "is shipped in part here"
        sends = f"Job {self.job_id} tells Back Market." if self.job_id else "Nothing is sent before the last part."
        return " ".join((f"Order {self.order_id} {what}.", self.plan.waits or sends, *self.kept))


@dataclass(frozen=True, slots=True)
class ShipOptions:
    """Contents of the shipping dialog: `tracking` and `carrier` as the channel filled them in, `lines` left to ship.

    `wanted`: texts about the identifier of a line, by line id; `required`: ids of lines that need one.
    """

    order_id: int
    why_not: str | None
    tracking: str
    carrier: str
    lines: tuple[tuple[int, str, str, int], ...]
    version: int
    wanted: Mapping[int, str] = field(default_factory=dict)
    required: tuple[int, ...] = ()


def options(desk: Desk, order_id: int) -> ShipOptions:
    """Return the contents of the shipping dialog: line id, SKU, product and pieces of each line. Raises NotFound."""
    with desk.store.snapshot():
        order = orders.order_row(desk, order_id)
        lines = orders.lines_of(order)
        left = shipped_state.left_to_ship(order.id, lines)
        open_lines = [line for line in lines if line.id in left]
        missing = required_identifiers.missing
        lacks = [missing(order.company, line, left[line.id], left[line.id], 0) for line in open_lines]
        return ShipOptions(
            order_id,
            ship_plan.why_not(order, lines) or channel_access.why_not_callable(desk, order.company),
            order.tracking_number,
            policies.carrier_of(order.company, order.carrier),
            tuple((line.line_id, line.sku, line.product, left[line.id]) for line in open_lines),
            order.version,
            {line.line_id: required_identifiers.wanted(order.company, line) for line in open_lines},
            tuple(lack.line_id for lack in lacks if lack is not None and lack.required),
        )


def plan(desk: Desk, order_id: int, request: ShipRequest) -> ShipPlan:
    """Return the rows and requests that shipping would make; changes nothing.

    Raises:
        NotFound, ConfigError: a field that cannot be read. RuleRefused: with the reason.
    """
    with desk.store.snapshot():
        return ship_plan.make(desk, orders.order_row(desk, order_id), request)[0]


def ship(desk: Desk, order_id: int, request: ShipRequest, version: int | None = None) -> Shipped:
    """Record the parcel: shipment, units, upload and audit row in one transaction. A job does the sending.

    The order is Shipped here from now on; Ship Confirmed once the channel has accepted it. The sender reads the order
    first: an order that the buyer cancelled meanwhile is not uploaded.

    Raises:
        NotFound, ConfigError, RuleRefused: nothing was stored. EditConflict: the order changed since `version`.
    """
    desk.must_write()
    with desk.store.transaction():
        order = orders.order_row(desk, order_id)
        if version is not None and order.version != version:
            raise EditConflict(
                f"Order {order_id} changed since you opened it; nothing was shipped.", "Look at it again, then decide."
            )
        return record(desk, order, request, *ship_plan.make(desk, order, request))


def record(desk: Desk, order: Order, request: ShipRequest, made: ShipPlan, parts: ship_plan.Parts) -> Shipped:
    """Store the shipment that `plan.make` has just made, inside the caller's transaction. Raises as `ship`."""
    desk.must_write()
    identifiers.refuse_doubts(made.doubts, request.accept_doubts)
    # Check now, so that a missing token is not found only by the job.
    channel_access.must_be_callable(desk, order.company)
    shipment = Shipment.create(
        order=order,
        carrier=made.carrier,
        tracking_number=made.tracking_number,
        tracking_url=made.tracking_url,
        shipped_at=made.shipped_at,
        whole=made.whole,
        state=UploadState.QUEUED if made.write is not None else UploadState.KEPT,
        made_at=desk.now(),
        made_by=desk.actor,
    )
    for line, count in parts.pieces:
        ShipmentLine.create(shipment=shipment, line=line, quantity=count)
    kept = identifiers.keep(desk, order, parts.units, request.override)
    job_id = _upload(desk, order, shipment, made, parts.moved) if made.write is not None else None
    shipped_state.settle_order(order.id)
    audit.record(
        desk,
        "order.shipped",
        personal_data.without(made.sentence, {"tracking_number": made.tracking_number}),
        company_id=order.company_id,
        order_row=order.id,
        after={
            "shipment": shipment.id,
            "carrier": made.carrier,
            "identifiers": [[one.line_id, one.kind, one.value] for one in request.identifiers],
            "job": job_id,
        },
    )
    if made.against:
        audit.record(
            desk,
            "tracking.overridden",
            f"The tracking number of shipment {shipment.id} was stored although a check doubted it.",
            company_id=order.company_id,
            order_row=order.id,
            after={"shipment": shipment.id, "carrier": made.carrier},
        )
        orders.add_note(desk, order.order_id, f"Tracking number overridden: {request.tracking_override}")
    if made.without:
        audit.record(
            desk,
            "identifier.overridden",
            f"Shipment {shipment.id} was sent against the policy. {' '.join(made.without)}",
            company_id=order.company_id,
            order_row=order.id,
            after={"shipment": shipment.id},
        )
        orders.add_note(desk, order.order_id, f"Shipped without its identifier: {request.missing_override}")
    return Shipped(order.order_id, shipment.id, job_id, made, kept)


def listing(
    desk: Desk, *, everything: bool = False, failed: bool = False, limit: int = 200
) -> tuple[ShipmentView, ...]:
    """Return shipments, newest first: those with an open upload, only failed and unknown ones, or all.

    A shipment that the channel knows stays open as long as the upload of its identifiers is.
    """
    query = _query()
    if failed:
        query = query.where(Shipment.state.in_(_TROUBLE) | _units_in(_TROUBLE))
    elif not everything:
        query = query.where(Shipment.state.in_(_OPEN) | _units_in(_UNITS_OPEN))
    if desk.company:
        query = query.where(Company.name == desk.company)
    return views_of(desk, list(query.order_by(Shipment.id.desc()).limit(limit)))


def _units_in(states: Sequence[UploadState]) -> Any:
    """Return the condition: the channel knows the parcel, and its order has units in one of the states."""
    return Shipment.state.in_(_KNOWN) & Shipment.order.in_(Unit.select(Unit.order).where(Unit.state.in_(states)))


def show(desk: Desk, shipment_id: int) -> ShipmentView:
    """Return a shipment. Raises NotFound."""
    return views_of(desk, [_get(desk, shipment_id)])[0]


def retry(desk: Desk, shipment_id: int) -> ShipmentView:
    """Upload a failed shipment again, or its identifiers if only they failed.

    Raises:
        NotFound, RuleRefused: it has not failed.
    """
    desk.must_write()
    with desk.store.transaction():
        shipment = _get(desk, shipment_id)
        failed = {unit.job_id for unit in _failed_units(shipment)}
        if shipment.state == UploadState.FAILED:
            failed = {shipment.job_id}
        job_ids = [job_id for job_id in failed if job_id is not None]
        if not job_ids:
            state = label(show(desk, shipment_id).open_state)
            raise RuleRefused(f"Shipment {shipment_id} is {state}; only a failed upload is sent again.")
        for job_id in job_ids:
            jobs.retry(desk, job_id)
        return show(desk, shipment_id)


def mark_notified(desk: Desk, shipment_id: int, note: str = "") -> ShipmentView:
    """Mark a shipment as known to the channel by other ways, such as an entry in the Back Office.

    Raises:
        NotFound, RuleRefused: its upload is confirmed, on its way, or void.
    """
    shipment = _settled_by_person(desk, shipment_id, UploadState.NOTIFIED, note, "shipment.notified")
    with desk.store.transaction():
        identifiers.send_waiting(desk, Order.get_by_id(shipment.order_ref))
    return show(desk, shipment_id)


def dismiss(desk: Desk, shipment_id: int, note: str = "") -> ShipmentView:
    """Dismiss a shipment: the parcel did not leave, or leaves otherwise. The order can be shipped anew.

    If the channel knows the parcel, only its failed identifiers become void: others can be given.

    Raises:
        NotFound, RuleRefused: its upload is confirmed, on its way, or void.
    """
    shipment = _settled_by_person(desk, shipment_id, UploadState.DISMISSED, note, "shipment.dismissed")
    if shipment.state not in _KNOWN:
        with desk.store.transaction():
            shipped_state.void_units(shipment.order_ref)
            shipped_state.settle_order(shipment.order_ref)
    return show(desk, shipment_id)


def of_order(desk: Desk, order: Order) -> tuple[ShipmentView, ...]:
    """Return the shipments of an order; a shipment that only the channel has gets the id None."""
    mine = views_of(desk, list(_query().where(Shipment.order == order).order_by(Shipment.id)))
    here = {view.tracking_number for view in mine if view.state not in UPLOAD_VOID}
    told = order.tracking_number or order.shipped_at is not None
    if not told or order.tracking_number in here:
        return mine
    state = UploadState.CONFIRMED if order.shipped_at is not None else ""
    there = ShipmentView(order.carrier, order.tracking_number, order.tracking_url, order.shipped_at, state=state)
    return (*mine, there)


def views_of(desk: Desk, rows: list[Shipment]) -> tuple[ShipmentView, ...]:
    """Return the shipments as values, with their lines and why their uploads cannot leave."""
    ids = [row.id for row in rows]
    lines: dict[int, list[dict[str, int]]] = {row_id: [] for row_id in ids}
    for part in ShipmentLine.select(ShipmentLine, OrderLine).join(OrderLine).where(ShipmentLine.shipment.in_(ids)):
        lines[part.shipment_id].append({"line_id": part.line.line_id, "quantity": part.quantity})
    units: dict[int, list[Unit]] = {}
    known = [row.order_ref for row in rows if row.state in _KNOWN]
    for unit in Unit.select().where(Unit.order.in_(known) & Unit.state.in_(_UNITS_OPEN)).order_by(Unit.id):
        units.setdefault(unit.order_ref, []).append(unit)
    uploads = _waiting(EffectKind.SHIP, ids)
    registrations = _waiting(EffectKind.IDENTIFIERS, [unit.id for some in units.values() for unit in some])
    return tuple(
        _view(desk, row, lines[row.id], uploads.get(row.id), units.get(row.order_ref, []), registrations)
        for row in rows
    )


def _waiting(kind: EffectKind, subject_ids: Sequence[int]) -> dict[int, Effect]:
    """Return the unsettled effects of this kind, by subject id."""
    live = (Effect.kind == kind) & Effect.subject_id.in_(subject_ids) & Effect.state.in_(EFFECT_LIVE)
    return {effect.subject_id: effect for effect in Effect.select().where(live) if effect.subject_id is not None}


def _view(
    desk: Desk,
    row: Shipment,
    lines: list[dict[str, int]],
    upload: Effect | None,
    units: list[Unit],
    registrations: dict[int, Effect],
) -> ShipmentView:
    worst = min(units, key=lambda unit: _UNITS_OPEN.index(UploadState(unit.state)), default=None)
    if row.state not in _KNOWN:
        worst = None
    waiting = registrations.get(worst.id) if worst is not None else upload
    waits = ""
    if waiting is not None:
        company = row.order.company
        waits = effects.kept_back(waiting) or policies.resting(company, waiting.not_before, desk.now())
        # An upload that is tried again automatically says why.
        waits = waits or waiting.error
    return ShipmentView(
        row.carrier,
        row.tracking_number,
        row.tracking_url,
        row.shipped_at,
        shipment_id=row.id,
        order_id=row.order.order_id,
        company=row.order.company.name,
        whole=row.whole,
        state=row.state,
        error=f"{worst.imei or worst.serial_number}: {worst.error}" if worst is not None and worst.error else row.error,
        waits=waits,
        not_before=waiting.not_before if waiting is not None else None,
        job_id=row.job_id,
        made_at=row.made_at,
        made_by=row.made_by,
        lines=tuple(lines),
        identifiers=worst.state if worst is not None else "",
    )


def _upload(desk: Desk, order: Order, shipment: Shipment, made: ShipPlan, moved: tuple[OrderLine, ...]) -> int:
    """Plan the upload; return the id of its job."""
    assert made.write is not None
    job_id = effects.open_job(desk, EffectKind.SHIP, order.company, order, not_before=made.leaves_at)
    effects.plan(
        desk,
        EffectKind.SHIP,
        order.company,
        order,
        made.write,
        target=effects.line_target(order.company_id, moved[0].line_id),
        about=f"Shipment {shipment.id} with {made.carrier} {made.tracking_number}",
        expected=effects.lines_expected([line.line_id for line in moved], LineState.ACCEPTED, LineState.SHIPPED),
        job_id=job_id,
        subject_id=shipment.id,
        not_before=made.leaves_at,
    )
    Shipment.update(job=job_id).where(Shipment.id == shipment.id).execute()
    return job_id


def _settled_by_person(desk: Desk, shipment_id: int, state: UploadState, note: str, action: str) -> Shipment:
    desk.must_write()
    with desk.store.transaction():
        shipment = _get(desk, shipment_id)
        units = _failed_units(shipment)
        if shipment.state not in (UploadState.FAILED, UploadState.KEPT) and not units:
            found = UploadState(show(desk, shipment_id).open_state)
            advice = {
                UploadState.QUEUED: "Withdraw it first: 'bmtui outbox list', then 'bmtui outbox withdraw'.",
                UploadState.UNKNOWN: "Settle it first: 'bmtui outbox list', then 'bmtui outbox settle'.",
            }.get(found, "")
            raise RuleRefused(f"Shipment {shipment_id} is {found.label}, not failed: it cannot be settled.", advice)
        said = plain(note).strip()
        whose = f"{desk.actor}: {said}" if said else ""
        for unit in units:
            error = " ".join(filter(None, (unit.error, whose)))
            Unit.update(state=state, error=error).where(Unit.id == unit.id).execute()
        if not units:
            error = " ".join(filter(None, (shipment.error, whose)))
            Shipment.update(state=state, error=error).where(Shipment.id == shipment_id).execute()
        shipped_state.settle_order(shipment.order_ref)
        about = ", ".join(unit.imei or unit.serial_number for unit in units)
        audit.record(
            desk,
            action,
            f"Shipment {shipment_id}{f', {about}' if about else ''}: {state.label}.",
            company_id=shipment.order.company_id,
            order_row=shipment.order_ref,
            before={"state": shipment.state},
            after={"state": state},
        )
        return shipment


def _failed_units(shipment: Shipment) -> list[Unit]:
    """Return the identifiers that the channel refused, if it knows the parcel itself; otherwise none."""
    failed = (Unit.order == shipment.order_ref) & Unit.state.in_([UploadState.FAILED, UploadState.NOT_APPLIED])
    return list(Unit.select().where(failed).order_by(Unit.id)) if shipment.state in _KNOWN else []


def _query() -> Any:
    return Shipment.select(Shipment, Order, Company).join(Order).join(Company)


def _get(desk: Desk, shipment_id: int) -> Shipment:
    query = _query().where(Shipment.id == shipment_id)
    if desk.company:
        query = query.where(Company.name == desk.company)
    found: Shipment | None = query.first()
    if found is None:
        raise NotFound(f"There is no shipment {shipment_id}.", "See 'bmtui shipments list --all'.")
    return found
