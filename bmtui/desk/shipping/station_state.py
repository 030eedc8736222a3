"""State of a scan station between two scans: the order that is packed, its pieces, and open questions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bmtui.desk.shipping.identifiers import Identifier
from bmtui.desk.shipping.scan_codes import Scanned

RECENT = 5
"""Number of parcels that a station shows below the scan field."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of the order that is packed: `left` pieces, of which `kept` have a number already and `known` are scanned.

    Attributes:
        needs: `IMEI` or `SERIAL` if the policy requires it, `NOTHING` if it wants none, None: a person is asked.
        asks_for: the kind to ask for, as a person reads it.
        because: the rule that decided it, without a full stop.
        asks: a label before a device makes a question.
        waived: a reason was typed to let it leave without.
    """

    line_id: int
    sku: str
    product: str
    left: int
    needs: str | None
    kept: int = 0
    known: tuple[Identifier, ...] = ()
    seen: bool = False
    asks_for: str = "IMEI"
    because: str = ""
    asks: bool = True
    waived: bool = False

    @property
    def there(self) -> int:
        """Number of pieces with an identifier."""
        return self.kept + len(self.known)

    @property
    def missing(self) -> int:
        """Number of devices that must still be scanned."""
        return max(self.left - self.there, 0) if self.needs and not self.waived else 0

    @property
    def unsure(self) -> bool:
        """True if a device can be scanned but is not required."""
        return self.needs is None and self.there < self.left

    @property
    def asked(self) -> bool:
        """True if a label before the device makes a question."""
        return self.unsure and self.asks

    @property
    def count(self) -> str:
        """Scanned devices of several, such as ``1/3``; '' for a single one."""
        return f"{self.there}/{self.left}" if self.left > 1 else ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel that was shipped at this station, `at` in the zone of its company; `undone`: it was taken back."""

    order_id: int
    carrier: str
    tracking_number: str
    devices: tuple[str, ...]
    at: datetime
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Station:
    """State of a scan station. `holder` is unique among stations of the same `name`.

    Attributes:
        line_id: the line whose SKU was scanned last: the next device is of it.
        message: text for the packer; `bad`: it is a stop, with a sound.
        refused: the identifier, and refused_label the label, that a typed reason can still force; refused_missing: a
            typed reason lets the order leave without its missing devices.
        asked: a device or label in doubt, which only BM-YES accepts; doubts: the sentences about it; confirmed: doubts
            about devices of this order that BM-YES accepted.
        wanted: the order that another packer holds, and that BM-TAKE takes over.
        done: orders shipped here; last: the effect that BM-UNDO withdraws; recent: the last parcels, newest first.
        judged: a code was scanned, and `bad` is the verdict on it.
    """

    holder: str
    name: str
    company: str | None = None
    order_id: int | None = None
    customer: str = ""
    label: str = ""
    carrier: str = ""
    pieces: tuple[Piece, ...] = ()
    line_id: int | None = None
    override: str = ""
    missing_override: str = ""
    message: str = "Scan an order."
    bad: bool = False
    refused: Identifier | None = None
    refused_label: str = ""
    refused_missing: bool = False
    asked: Scanned | None = None
    doubts: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    wanted: int | None = None
    done: int = 0
    last: int | None = None
    recent: tuple[Parcel, ...] = ()
    judged: bool = False

    @property
    def missing(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.missing)

    @property
    def next_step(self) -> str:
        """Kind of code to scan next: order, device or label."""
        if self.order_id is None:
            return "order"
        return "device" if self.missing else "label"
