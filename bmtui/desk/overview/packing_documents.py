"""Packing documents: contents of packing slips, pick list and command sheet; saving and printing them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Kind, Parameter
from bmtui.desk.core.views import address_lines
from bmtui.desk.invoicing.printable import left_out, tidy
from bmtui.desk.orders import rows as orders
from bmtui.desk.overview import order as overview
from bmtui.desk.shipping import scan_codes
from bmtui.errors import ConfigError, RuleRefused

_PRINT_S = 30
_MEANINGS = {
    scan_codes.Command.CANCEL: "Put the order aside; nothing of it is shipped.",
    scan_codes.Command.TAKE: "Take the order over that another packer holds.",
    scan_codes.Command.UNDO: "Take the last shipment back, as long as it was not sent.",
    scan_codes.Command.YES: "Confirm what the station asks about a device or label.",
}


OUTPUT = Parameter("output", "File", Kind.FILE, "write the PDF into F, a new file", shape="F",
    hint="a new file; empty: it is printed", longest=400)  # fmt: skip
PRINTER = Parameter("printer", "Printer", Kind.TEXT, "print it by lp", option="--print", shape="PRINTER",
    hint="the usual one", longest=100)  # fmt: skip
PAPERS = (OUTPUT, PRINTER)


@dataclass(frozen=True, slots=True)
class Slips:
    """Packing slips as a PDF, the orders without one and why, and remarks about text that cannot be printed."""

    pdf: bytes
    refused: tuple[tuple[int, str], ...]
    remarks: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """Sentences about refused orders and about text that is missing on pages."""
        return (*(f"Order {order_id} has no slip: {why}" for order_id, why in self.refused), *self.remarks)


def packing_slips(desk: Desk, order_ids: Sequence[int]) -> Slips:
    """Return a PDF with a page for each order, except orders with text that no font can print.

    Raises:
        NotFound, RuleRefused: no order can be printed.
    """
    # Imported late: fpdf2 costs start-up time.
    from bmtui.invoices import packing

    slips, refused, remarks = [], [], []
    for order_id in order_ids:
        view = overview.show(desk, order_id)
        zone = desk.zone(view.row.company)
        lines = tuple(
            (
                line.quantity,
                tidy(line.sku),
                tidy(line.product),
                ", ".join(filter(None, (line.imei, line.serial_number))),
            )
            for line in view.lines
        )
        ordered = f"{view.row.created_at.astimezone(zone):%Y-%m-%d}"
        whole = [*address_lines(view.ship_to), *(line.product for line in view.lines)]
        named = {"first_name": view.paper_name, "last_name": ""} if view.paper_name else {}
        address = tuple(filter(None, map(tidy, address_lines({**view.ship_to, **named}))))
        barcode = f"{scan_codes.ORDER_PREFIX}{order_id}"
        carrier = next((shipment.carrier for shipment in view.shipments), "")
        slip = packing.Slip(order_id, barcode, view.row.company, ordered, address, carrier, lines)
        try:
            packing.check(slip)
        except RuleRefused as error:
            refused.append((order_id, str(error)))
            continue
        slips.append(slip)
        if remark := left_out(whole):
            remarks.append(f"Order {order_id}: {remark}")
    if not slips and refused:
        order_id, why = refused[0]
        raise RuleRefused(f"No packing slip can be made. Order {order_id}: {why}")
    return Slips(packing.packing_slips(slips, desk.now()), tuple(refused), tuple(remarks))


def pick_list(desk: Desk, order_ids: Sequence[int]) -> bytes:
    """Return a PDF of the pieces to fetch for these orders' open lines, by SKU. Raises NotFound, RuleRefused."""
    from bmtui.desk.shipping import shipped_state
    from bmtui.invoices import packing

    found: dict[str, packing.Pick] = {}
    with desk.store.snapshot():
        for order_id in order_ids:
            order = orders.order_row(desk, order_id)
            lines = orders.lines_of(order)
            left = shipped_state.left_to_ship(order.id, lines)
            for line in lines:
                if line.id in left:
                    known = found.get(line.sku, packing.Pick(line.sku, line.product, 0, ()))
                    found[line.sku] = packing.Pick(
                        line.sku, line.product, known.pieces + left[line.id], (*known.orders, order_id)
                    )
    if not found:
        raise RuleRefused("Nothing of these orders is still to ship.", "Choose others.")
    return packing.pick_list([found[sku] for sku in sorted(found)], desk.now())


def command_sheet(desk: Desk) -> bytes:
    """Return a PDF with the command barcodes of the scan station."""
    from bmtui.invoices import packing

    return packing.command_sheet(
        ((f"{scan_codes.PREFIX}{command.value}", meaning) for command, meaning in _MEANINGS.items()), desk.now()
    )


def save(pdf: bytes, path: str | Path) -> Path:
    """Write a document into a new file of mode 0600: it names a customer.

    Raises:
        ConfigError: the file exists already, or cannot be written.
    """
    place = Path(path).expanduser()
    try:
        with open(place, "xb", opener=_private) as file:
            file.write(pdf)
    except FileExistsError as error:
        raise ConfigError(f"{place} is there already; nothing was overwritten.", "Choose another name.") from error
    except OSError as error:
        raise ConfigError(f"{place} cannot be written ({error.strerror}).", "Choose another folder.") from error
    return place


def print_out(pdf: bytes, title: str, printer: str = "") -> str:
    """Print a document by `lp`; return the answer of the print system.

    Raises:
        ConfigError: there is no `lp`, or it refused; says why.
    """
    command = which("lp")
    if command is None:
        raise ConfigError("There is no print system here ('lp' is not installed).", "Save it to a file instead.")
    words = [command, "-t", title, *(["-d", printer] if printer else []), "-"]
    try:
        done = subprocess.run(words, input=pdf, capture_output=True, timeout=_PRINT_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"Printing failed ({type(error).__name__}).", "Save it to a file instead.") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[:200] or f"exit code {done.returncode}"
        raise ConfigError(f"The print system refused: {said}.", "Name a printer that it knows, or save it to a file.")
    return done.stdout.decode("utf-8", "replace").strip()[:200]


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
