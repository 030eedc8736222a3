"""Followers of upload effects: copy their states to shipments and units. Registered in `desk.bootstrap`."""

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
    EffectState.NOT_APPLIED: UploadState.NOT_APPLIED,
    EffectState.UNKNOWN: UploadState.UNKNOWN,
    EffectState.NEEDS_PERSON: UploadState.UNKNOWN,
    EffectState.WITHDRAWN: UploadState.WITHDRAWN,
}


def follow_shipment(desk: Desk, effect: Effect, state: EffectState, error: str) -> None:
    """Copy the effect's state to the shipment that it uploads; after its confirmation the identifiers may leave."""
    shipment = Shipment.get_or_none(Shipment.id == effect.subject_id)
    if shipment is None:
        # The effect was planned without a shipment of ours: the next reading of the channel shows the result.
        return
    upload = UploadState.FAILED if state == EffectState.NOT_APPLIED else _FOLLOWS[state]
    Shipment.update(state=upload, error=error).where(Shipment.id == shipment.id).execute()
    if state == EffectState.WITHDRAWN:
        shipped_state.void_units(shipment.order_ref)
    shipped_state.settle_order(shipment.order_ref)
    if state == EffectState.CONFIRMED:
        identifiers.send_waiting(desk, shipment.order, parent_id=effect.job_id)


def follow_units(desk: Desk, effect: Effect, state: EffectState, error: str) -> None:
    """Copy the effect's state to the unit whose IMEI or serial number it registers.

    An identifier that Back Market ignored is kept here once a person says that it was not registered.
    """
    ignored = (Unit.id == effect.subject_id) & (Unit.state == UploadState.NOT_APPLIED)
    if state == EffectState.REJECTED and Unit.update(state=UploadState.KEPT, error=error).where(ignored).execute():
        return
    Unit.update(state=_FOLLOWS[state], error=error).where(Unit.id == effect.subject_id).execute()
