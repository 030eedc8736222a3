"""Speed of the readers: no text keeps them busy, and a large file is read while a person waits."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from value_outcomes import outcome

from bmtui.values import amount, identifier, note, table_file, tax_id, tracking_number, whole_number
from bmtui.values import date as dates

READERS: dict[str, Callable[..., Any]] = {
    "identifier": identifier.read,
    "tracking": tracking_number.read,
    "amount": lambda text, field: amount.read(text, "EUR", field=field),
    "number": amount.read_number,
    "whole": whole_number.read,
    "day": lambda text, field: dates.read_day(text, date(2026, 11, 23), field=field),
    "time": lambda text, field: dates.read_time(text, UTC, datetime(2026, 11, 23, tzinfo=UTC), field=field),
    "zone": dates.read_zone,
    "vat": tax_id.read,
    "country": tax_id.read_country,
    "name": note.read_name,
    "note": note.read_note,
}
PIECES = (
    " ",
    "1",
    "a",
    "a.",
    "1 ",
    "1,",
    ".",
    "-",
    "imei",
    "é",
    "&é(",
    "=",
    '"',
    "35 ",
    "\n",
    "٣",
    "A1",
    ":",
    "0" * 15 + "x",
)


def hostile() -> Iterator[str]:
    for piece in PIECES:
        for length in (45, 900, 100_000):
            repeated = piece * (length // len(piece))
            yield from (repeated, f"{repeated}!", f"1{repeated}x")


@pytest.mark.parametrize("name", READERS)
def test_no_text_keeps_a_reader_busy(name: str) -> None:
    for text in hostile():
        begin = time.process_time()
        outcome(READERS[name], text)
        assert time.process_time() - begin < 1, f"{text[:20]!r}… of {len(text):,} characters"


@pytest.mark.slow
def test_a_file_of_20_000_rows_is_read_in_seconds() -> None:
    rows = "".join(f"{number},1Z999AA101{number:07}4,356938035643809\n" for number in range(1, 20_001))
    carrier = type("Carrier", (), {"name": "UPS", "patterns": (re.compile("1Z[0-9A-Z]{16}"),), "unmistakable": ()})()
    begin = time.process_time()
    table = table_file.read(
        f"order,tracking,imei\n{rows}".encode(), {"order": (), "tracking": (), "imei": ()}, name="a.csv"
    )
    for row in table.rows:
        whole_number.read(row.cells["order"])
        tracking_number.read(row.cells["tracking"], carrier, (carrier,))
        identifier.read(row.cells["imei"])
    assert len(table.rows) == 20_000
    assert time.process_time() - begin < 10
