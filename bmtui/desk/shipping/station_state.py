"""What a scan station knows between two scans: the order that is packed, its pieces, and what was asked."""

from __future__ import annotations

from dataclasses import dataclass

from bmtui.desk.shipping.identifiers import Identifier
from bmtui.desk.shipping.scan_codes import Scanned


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of the order that is packed: `left` pieces, known so far by `known`.

    `needs` is by what pieces of this SKU are known: `IMEI`, `SERIAL`, `NOTHING`, or None when nobody can say. Where it
    is neither of the first two, a device may be scanned, and need not be.
    """

    line_id: int
    sku: str
    product: str
    left: int
    needs: str | None
    known: tuple[Identifier, ...] = ()
    seen: bool = False

    @property
    def missing(self) -> int:
        """Devices that are still to be scanned."""
        return max(self.left - len(self.known), 0) if self.needs else 0

    @property
    def unsure(self) -> bool:
        """Nobody knows whether a device is to be scanned, and none was."""
        return self.needs is None and self.left > 0 and not self.known


@dataclass(frozen=True, slots=True)
class Station:
    """What a station knows. `holder` tells it from others of the same `name`.

    Attributes:
        line_id: the line whose SKU was scanned last: the next device is of it.
        message: what to tell the packer; `bad`: it is a stop, with a sound.
        refused: the identifier, and refused_label the label, that a typed reason can still force.
        asked: a device or label in doubt, which BM-YES takes, and nothing else; doubts: what is doubted of it;
            confirmed: what BM-YES answered of devices of this order.
        wanted: the order that another packer holds, and that BM-TAKE takes over.
        done: orders shipped here; last: the effect that BM-UNDO withdraws.
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
    message: str = "Scan an order."
    bad: bool = False
    refused: Identifier | None = None
    refused_label: str = ""
    asked: Scanned | None = None
    doubts: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    wanted: int | None = None
    done: int = 0
    last: int | None = None

    @property
    def missing(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.missing)

    @property
    def next_step(self) -> str:
        """What is to be scanned next."""
        if self.order_id is None:
            return "order"
        return "device" if self.missing else "label"
