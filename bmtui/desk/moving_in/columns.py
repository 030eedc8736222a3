"""Columns of other systems' exports: names here, usual headings, mappings, and guesses."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from bmtui import toml_text
from bmtui.errors import ConfigError, RuleRefused
from bmtui.text import plain
from bmtui.values import cleaning, table_file
from bmtui.values.table_file import Table

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "order_id": ("Order Source Order ID", "Channel Order ID", "Channel Order Number", "Back Market order"),
    "channel": ("Order Source", "Channel Name", "Sales Channel", "Marketplace"),
    "company": ("Company Name",),
    "reference": ("Sellercloud order", "Sellercloud order ID", "SC order"),
    "status": ("Order Status", "Status Code"),
    "shipping_status": ("Shipping Status Code",),
    "note": ("Order Note", "Notes", "Comment", "Note Text"),
    "note_author": ("Note Author", "Created By"),
    "note_date": ("Note Date", "Note Created On"),
    "tags": ("Tag",),
    "assignee": ("Assigned To",),
    "refund_amount": ("Refunded Amount", "Refund Total"),
    "refund_currency": (),
    "refund_date": ("Refunded On",),
    "refund_method": ("Refund Payment Method",),
    "refund_reference": ("Refund Transaction ID",),
    "refund_note": ("Refund Reason",),
    "line_id": ("Order Line ID", "Order Item ID", "Back Market line"),
    "sku": ("Product ID", "Product SKU"),
    "serial_number": ("Serial", "Serial No"),
    "imei": ("IMEI Number",),
    "rma": ("RMA Number", "RMA ID", "Return ID"),
    "rma_status": ("Return Status",),
    "rma_reason": ("Return Reason",),
    "rma_quantity": ("Quantity", "Qty", "Qty To Return", "Return Qty", "Quantity Returned"),
    "rma_received": ("Qty Received", "Received Qty"),
    "rma_description": ("Return Note", "Customer Comment"),
}
"""Columns with the usual headings of exports; other headings are named by a mapping."""
REFERENCE_FIELD = "reference"
"""Named field of orders that holds the other system's number: ``field.reference:``."""
FIELD = "field."
_FIELD = re.compile(r"field\.[a-z][a-z0-9_]{0,19}")
MOST_ROWS, MOST_BYTES = 200_000, 100_000_000


def content(path: str) -> bytes:
    """Return the bytes of a file. Raises NotRead."""
    return table_file.content(path, most_bytes=MOST_BYTES)


def read(
    path: str,
    mapping: Mapping[str, str],
    columns: Mapping[str, tuple[str, ...]] = COLUMNS,
    *,
    data: bytes | None = None,
) -> Table:
    """Read the rows of a file.

    Args:
        data: its bytes, where they were read before.
        mapping: headings of the file by columns, or by ``field.NAME`` for a named field.

    Raises:
        NotRead: no table with order ids. ConfigError: a mapping that names no column.
    """
    unknown = [name for name in mapping if name not in columns and not name.startswith(FIELD)]
    if unknown:
        advice = f"Columns: {', '.join(columns)}, or field.NAME."
        raise ConfigError(f"'{unknown[0][:40]}' is not a column of an import.", advice, field="map")
    name = plain(Path(path).name)
    data = content(path) if data is None else data
    # Where no column is known, every heading is ignored. An export of ours names fields as they are.
    titles = table_file.read(data, {}, name=name, most_rows=MOST_ROWS).ignored
    if columns is COLUMNS:
        mapping = {**_of_two_systems(titles, mapping), **mapping}
    taken = {cleaning.folded(heading) for heading in mapping.values()}
    known = {
        # A heading that was given to another column is no longer an alias of its own.
        column: tuple(alias for alias in (() if column in mapping else aliases) if cleaning.folded(alias) not in taken)
        for column, aliases in columns.items()
    }
    fields = {title: () for title in titles if _FIELD.fullmatch(title)} if columns is COLUMNS else {}
    wanted = {**known, **fields, **{column: (heading,) for column, heading in mapping.items()}}
    return table_file.read(data, wanted, name=name, required=("order_id",), most_rows=MOST_ROWS)


def must_be_currency(cells: Mapping[str, str], column: str, currency: str) -> None:
    """Check the column of a currency, if the file has it. Raises RuleRefused when it is not that of the order."""
    said = plain(cells.get(column, "")).strip().upper()
    if said not in ("", currency):
        advice = "Correct the row, or leave the column out."
        raise RuleRefused(f"The currency is '{said[:20]}', that of the order is {currency}.", advice, field=column)


def _of_two_systems(headings: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of a file that has, beside Back Market's order number, the other system's own as `Order ID`.

    The second one is the reference, or a named field where the file has a reference already.
    """
    own = next((title for title in headings if _words(title) == "order id" and title != "order_id"), "")
    usual = (title for title in headings if _exact(title) == "order_id" and title != own)
    channel = mapping.get("order_id") or next(usual, "")
    if not own or not channel or channel == own or own in mapping.values():
        return {}
    has_reference = "reference" in mapping or any(_exact(title) == "reference" for title in headings)
    return {"order_id": channel, f"{FIELD}other_order_id" if has_reference else "reference": own}


def suggested(heading: str, columns: Mapping[str, tuple[str, ...]] = COLUMNS) -> str:
    """Return the column that a heading may mean, '' for none."""
    words = {_words(alias): column for column, aliases in columns.items() for alias in (column, *aliases)}
    near = get_close_matches(_words(heading), words, n=1, cutoff=0.75)
    return words[near[0]] if near else ""


def mapping_text(path: str) -> str:
    """Return the text of a mapping file in TOML, for `read_mapping`: known headings, guesses, and the rest.

    Raises:
        NotRead: the file is no table.
    """
    # Where no column is known, every heading is ignored.
    headings = table_file.read(table_file.content(path), {}, name=plain(Path(path).name)).ignored
    lines = ["# COLUMN = HEADING. Remove the # where the guess is correct; lines with # are ignored."]
    sure = _of_two_systems(headings, {})
    for heading in headings:
        column = _exact(heading)
        if column and column not in sure and heading not in sure.values():
            sure[column] = heading
    lines += [toml_text.key_line(column, heading) for column, heading in sure.items()]
    for heading in headings:
        if heading in sure.values() or _exact(heading):
            continue
        column = suggested(heading)
        if not column or column in sure:
            column = f"{FIELD}{_field_name(heading)}"
        lines.append(f"# {toml_text.key_line(column, heading)}")
    return "\n".join(lines) + "\n"


def read_mapping(path: str) -> dict[str, str]:
    """Read a mapping file: ``COLUMN = "HEADING"`` in TOML.

    Raises:
        NotRead: it cannot be read. ConfigError: it is no such TOML.
    """
    text = table_file.text_of(path, field="map")
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{plain(Path(path).name)} is not valid TOML: {error}.", "Write COLUMN = HEADING.") from error
    # A dotted key without quotes is a table of its own.
    flat = {f"{FIELD}{name}": heading for name, heading in dict(said.pop("field", {})).items()}
    found = {**said, **flat}
    wrong = next((name for name, heading in found.items() if not isinstance(heading, str) or not heading), None)
    if wrong is not None:
        raise ConfigError(f"'{wrong[:40]}' names no heading.", 'Write it like order_id = "Channel Order ID".')
    return found


def _exact(heading: str) -> str:
    key = _words(heading).replace(" ", "")
    return next(
        (
            column
            for column, aliases in COLUMNS.items()
            if key in {_words(alias).replace(" ", "") for alias in (column, *aliases)}
        ),
        "",
    )


def _words(text: str) -> str:
    return " ".join("".join(char if char.isalnum() else " " for char in text.casefold()).split())


def _field_name(heading: str) -> str:
    name = "_".join(word for word in _words(heading).split() if word.isascii())[:20].strip("_")
    return name if name[:1].isalpha() else f"f_{name}"[:20]
