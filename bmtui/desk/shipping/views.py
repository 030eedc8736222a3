"""Views of shipments, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """A shipment. `state` is the `UploadState` of its upload; without an id it exists only on the channel.

    Attributes:
        whole: all that was left of the order left with it.
        waits: why the upload cannot leave now, as a sentence.
        identifiers: if the channel knows the parcel, the worst `UploadState` of its open identifiers; then `error` and
            `waits` are about them. '' if none is open.
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
        """State of the open identifiers, else of the parcel's upload."""
        return self.identifiers or self.state
