"""Shipping labels at the scan station: whether a code is the parcel's label, and the carrier of it."""

from __future__ import annotations

from bmtui.desk.core.context import Desk
from bmtui.desk.shipping import carriers, scan_codes
from bmtui.desk.shipping.station_state import Station
from bmtui.errors import ConfigError, RuleRefused


def is_device(desk: Desk, station: Station, carrier: str, text: str) -> bool:
    """Return whether a code is a device: surely one, or no label's shape while a device may be scanned."""
    if _reads_as_label(desk, carrier, text):
        has_shapes = carriers.has_shapes(desk.settings, carrier)
        unsure = any(piece.asked for piece in station.pieces)
        return unsure and has_shapes and not carriers.takes(desk.settings, carrier, text)
    return scan_codes.is_device(text)


def carrier_for(desk: Desk, station: Station, text: str) -> tuple[str, str]:
    """Return (the parcel's carrier, a doubt or ''): the order's carrier, unless the label is clearly another's."""
    other = carriers.of_number(desk.settings, text)
    if not other or _reads_as_label(desk, station.carrier, text):
        return station.carrier or other, ""
    misfit = f"The label {text} is of {other}, and the order goes with {station.carrier}." if station.carrier else ""
    return other, misfit


def _reads_as_label(desk: Desk, carrier: str, text: str) -> bool:
    try:
        carriers.tracking(desk.settings, text, carrier)
    except (ConfigError, RuleRefused):
        return False
    return True
