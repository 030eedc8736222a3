"""Marks in a table: single rows and ranges, kept by what identifies a row, so that they survive reading again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 5_000
"""Rows that can be marked at once; each of them is held."""


class Marks(Generic[T]):
    """Which rows are marked, and where a range that is being made began.

    Args:
        key: what identifies a row.
    """

    def __init__(self, key: Callable[[T], object]) -> None:
        self._key = key
        self._rows: dict[object, T] = {}
        self._anchor: int | None = None
        self._closing: range | None = None

    @property
    def rows(self) -> tuple[T, ...]:
        """The marked rows, in the order in which they were marked."""
        return tuple(self._rows.values())

    @property
    def in_range(self) -> bool:
        """Whether a range is being made."""
        return self._anchor is not None

    def toggle(self, row: T) -> None:
        """Mark the row, or no longer."""
        key = self._key(row)
        if self._rows.pop(key, None) is None:
            self._rows[key] = row

    def drop(self, row: T) -> None:
        """The row is marked no longer."""
        self._rows.pop(self._key(row), None)

    def clear(self) -> None:
        """Nothing is marked, and no range is being made."""
        self._rows.clear()
        self._anchor = self._closing = None

    def begin(self, index: int) -> None:
        """A range begins at row number `index`."""
        self._anchor = index

    def close(self, cursor: int) -> range:
        """The range ends at `cursor`; the numbers of its rows, which `take` marks once all of them are here."""
        first, last = sorted((cursor if self._anchor is None else self._anchor, cursor))
        self._anchor, self._closing = None, range(first, last + 1)
        return self._closing

    def take(self, rows: Mapping[int, T]) -> bool:
        """Mark the rows of a range that was closed, if all of them are in `rows`; whether that was so."""
        if self._closing is None or not all(index in rows for index in self._closing):
            return False
        self._rows.update((self._key(rows[index]), rows[index]) for index in self._closing)
        self._closing = None
        return True

    def held(self, cursor: int) -> range:
        """The numbers of rows that a range needs, however far from the cursor they are."""
        if self._closing is not None:
            return self._closing
        if self._anchor is None:
            return range(0)
        first, last = sorted((self._anchor, cursor))
        return range(first, min(last + 1, first + MOST))

    def refresh(self, row: T) -> None:
        """The row was read again: a mark on it is a mark on what it is now."""
        key = self._key(row)
        if key in self._rows:
            self._rows[key] = row

    def shows(self, index: int, row: T, cursor: int) -> bool:
        """Whether row number `index` is marked, or in the range that is being made."""
        if self._anchor is not None and min(self._anchor, cursor) <= index <= max(self._anchor, cursor):
            return True
        return self._key(row) in self._rows
