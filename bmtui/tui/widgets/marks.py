"""Marks of a table: single rows and ranges, kept by the rows' keys, so that they survive a new read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 5_000
"""Most rows that can be marked at once, since each of them is held."""


class Marks(Generic[T]):
    """Marked rows, and the beginning of a range that is being marked.

    Args:
        key: returns the key that identifies a row.
    """

    def __init__(self, key: Callable[[T], object]) -> None:
        self._key = key
        self._rows: dict[object, T] = {}
        self._anchor: int | None = None
        self._closing: range | None = None

    @property
    def rows(self) -> tuple[T, ...]:
        """Marked rows, in the order in which they were marked."""
        return tuple(self._rows.values())

    @property
    def in_range(self) -> bool:
        """True while a range is being marked."""
        return self._anchor is not None

    def toggle(self, row: T) -> None:
        """Mark the row, or remove its mark."""
        key = self._key(row)
        if self._rows.pop(key, None) is None:
            self._rows[key] = row

    def drop(self, row: T) -> None:
        """Remove the mark of the row."""
        self._rows.pop(self._key(row), None)

    def clear(self) -> None:
        """Remove all marks, and the range that is being marked."""
        self._rows.clear()
        self._anchor = self._closing = None

    def begin(self, index: int) -> None:
        """Begin a range at row number `index`."""
        self._anchor = index

    def close(self, cursor: int) -> range:
        """End the range at `cursor`; return the numbers of its rows, which `take` marks once all of them were read."""
        first, last = sorted((cursor if self._anchor is None else self._anchor, cursor))
        self._anchor, self._closing = None, range(first, last + 1)
        return self._closing

    def take(self, rows: Mapping[int, T]) -> bool:
        """Mark the rows of the closed range if all of them are in `rows`; return True then."""
        if self._closing is None or not all(index in rows for index in self._closing):
            return False
        self._rows.update((self._key(rows[index]), rows[index]) for index in self._closing)
        self._closing = None
        return True

    def held(self, cursor: int) -> range:
        """Return the numbers of the rows that a range needs, however far from the cursor they are."""
        if self._closing is not None:
            return self._closing
        if self._anchor is None:
            return range(0)
        first, last = sorted((self._anchor, cursor))
        return range(first, min(last + 1, first + MOST))

    def refresh(self, row: T) -> None:
        """Replace a marked row by its new version."""
        key = self._key(row)
        if key in self._rows:
            self._rows[key] = row

    def shows(self, index: int, row: T, cursor: int) -> bool:
        """Return True if row number `index` is marked, or lies in the range that is being marked."""
        if self._anchor is not None and min(self._anchor, cursor) <= index <= max(self._anchor, cursor):
            return True
        return self._key(row) in self._rows
