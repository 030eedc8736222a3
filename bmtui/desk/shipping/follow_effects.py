"""Shipments and units follow the effects that tell the channel of them. Registered in `desk.bootstrap`."""

from __future__ import annotations

from bmtui.desk.core.context import Desk
from bmtui.desk.shipping import identifiers, shipped_state
from bmtui.store.models import Effect, Shipment, Unit
from bmtui.words import EffectState, UploadState

_FOLLOWS = {
    EffectState.PLANNED: UploadState.QUEUED,
    EffectState.SENDING: UploadState.SENDING,
    EffectState.CONFIRMED: UploadState.CONFIRMED,
    EffectState.REJECTED: UploadState.FAILED,
    EffectState.UNKNOWN: UploadState.UNKNOWN,
    EffectState.NEEDS_PERSON: UploadState.UNKNOWN,
    EffectState.WITHDRAWN: UploadState.WITHDRAWN,
}


def follow_shipment(desk: Desk, effect: Effect, state: EffectState, error: str) -> None:
    """Copy the effect's state to the shipment that it uploads; once that is confirmed, its identifiers may leave."""
    shipment = Shipment.get_or_none(Shipment.id == effect.subject_id)
    if shipment is None:
        # Planned without a parcel of ours: what the channel shows will say it.
        return
    Shipment.update(state=_FOLLOWS[state], error=error).where(Shipment.id == shipment.id).execute()
    if state == EffectState.WITHDRAWN:
        shipped_state.void_units(shipment.order_ref)
    shipped_state.settle_order(shipment.order_ref)
    if state == EffectState.CONFIRMED:
        identifiers.send_waiting(desk, shipment.order, parent_id=effect.job_id)


def follow_units(desk: Desk, effect: Effect, state: EffectState, error: str) -> None:
    """Copy the effect's state to the unit whose IMEI or serial number it registers."""
    Unit.update(state=_FOLLOWS[state], error=error).where(Unit.id == effect.subject_id).execute()
