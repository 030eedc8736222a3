"""CSV writer whose cells a spreadsheet does not run as formulas, and the way back for reading.

The only place that writes CSV; `bmtui.values.table_file` reads it.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from typing import Any, TextIO

# Characters that begin a formula, by OWASP's page on CSV injection; the wide ones are for Excel in Japan.
_FORMULA = tuple("=+-@\t\r\n\0＝＋－＠")
# An amount below zero, or a phone number: digits alone are no formula.
_NUMBER = re.compile(r"-\d+(\.\d+)?|\+\d[\d ]*", re.ASCII)
# The quote by which a spreadsheet marks text. Names such as 's-Hertogenbosch begin with one of their own.
_MARK = re.compile(f"'(?='*[{re.escape(''.join(_FORMULA))}0-9])")


def write_csv(file: TextIO, rows: Iterable[Iterable[Any]]) -> None:
    """Write `rows`, of which the first is the heading, as they come."""
    csv.writer(_Lines(file)).writerows(map(cell, row) for row in rows)


class _Lines:
    """File for `csv.writer` that ends rows with LF. The writer gets CR LF, so that it quotes cells with either."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, row: str) -> None:
        self._file.write(row.removesuffix("\r\n") + "\n")


def cell(value: Any) -> Any:
    """Return a value as a cell: lists and objects as JSON; a text that would run as a formula behind a quote.

    A negative amount and a phone number stay as they are. `unquoted` gives the text back (reliability §5).
    """
    if isinstance(value, str):
        runs = value.startswith(_FORMULA) and not _NUMBER.fullmatch(value)
        return f"'{value}" if runs or _MARK.match(value) else value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def unquoted(text: str) -> str:
    """Return a cell's text without the quote by which `cell`, or a spreadsheet, marks a formula or a number as text."""
    return text[1:] if _MARK.match(text) else text
