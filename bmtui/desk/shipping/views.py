"""Shipments as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """A parcel. `state` is an `UploadState`: how far the channel knows of it; one without an id only the channel knows.

    Attributes:
        whole: all that was left of the order left with it.
        waits: what keeps the upload back now, as a sentence.
        identifiers: of a parcel that is known there, the worst `UploadState` of what its pieces are known by; '' when
            nothing of that is open. Else `error` and `waits` are about it.
        lines: the pieces that it holds: `line_id` and `quantity`.
    """

    carrier: str
    tracking_number: str
    tracking_url: str
    shipped_at: datetime | None
    shipment_id: int | None = None
    order_id: int | None = None
    company: str = ""
    whole: bool = True
    state: str = ""
    error: str = ""
    waits: str = ""
    not_before: datetime | None = None
    job_id: int | None = None
    made_at: datetime | None = None
    made_by: str = ""
    lines: tuple[Mapping[str, int], ...] = ()
    identifiers: str = ""

    @property
    def open_state(self) -> str:
        """The state of what is open of it: the parcel's upload, or that of its identifiers."""
        return self.identifiers or self.state
