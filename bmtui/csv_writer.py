"""Writes CSV files that a spreadsheet opens without running a cell, and takes off what it put in front of one.

The only place that writes CSV; `bmtui.values.table_file` reads it.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from typing import Any, TextIO

# What begins a formula, by OWASP's page on CSV injection; the wide ones are for Excel in Japan.
_FORMULA = tuple("=+-@\t\r\n\0＝＋－＠")
# An amount below zero, or a phone number: digits alone are no formula.
_NUMBER = re.compile(r"-\d+(\.\d+)?|\+\d[\d ]*", re.ASCII)
# The quote by which a spreadsheet marks text. Names such as 's-Hertogenbosch begin with one of their own.
_MARK = re.compile(f"'(?='*[{re.escape(''.join(_FORMULA))}0-9])")


def write_csv(file: TextIO, rows: Iterable[Iterable[Any]]) -> None:
    """Write `rows`, of which the first is the heading, as they come."""
    csv.writer(_Lines(file)).writerows(map(cell, row) for row in rows)


class _Lines:
    """Rows that end with LF. To the writer they end with CR and LF, so that it puts cells with either in quotes."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, row: str) -> None:
        self._file.write(row.removesuffix("\r\n") + "\n")


def cell(value: Any) -> Any:
    """A value as a cell: lists and objects as JSON; text that a spreadsheet would run after a quote (reliability §5).

    A negative amount and a phone number stay as they are. `unquoted` gives the text back.
    """
    if isinstance(value, str):
        runs = value.startswith(_FORMULA) and not _NUMBER.fullmatch(value)
        return f"'{value}" if runs or _MARK.match(value) else value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def unquoted(text: str) -> str:
    """The text of a cell without the quote by which `cell`, or a spreadsheet, marks a formula or a number as text."""
    return text[1:] if _MARK.match(text) else text
