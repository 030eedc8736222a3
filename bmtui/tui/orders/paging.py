"""Where a window of a long list is asked for: beside a row that is known, because skipping rows costs time for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, TypedDict

Cursor: TypeAlias = tuple[Any, ...]
"""Where a row stands, as `desk.search.page` says it."""

NEAR = 1_000
"""Up to so many rows are skipped without a thought: numbers from the top are exact, whatever comes in."""

KEPT = 5_000
"""Cursors that are held; of more, those at the ends of their windows go on being held."""


class Begin(TypedDict, total=False):
    """Arguments of `desk.search.page`."""

    offset: int
    after: Cursor
    before: Cursor
    from_end: bool


class Places:
    """Which row has which cursor, of the answer to one question."""

    def __init__(self) -> None:
        self._cursors: dict[int, Cursor] = {}

    def forget(self) -> None:
        """Another question is asked."""
        self._cursors.clear()

    def learn(self, offset: int, cursors: Sequence[Cursor]) -> None:
        """These are the cursors of the rows from `offset` on."""
        if len(self._cursors) > KEPT:
            self._cursors = {row: cursor for row, cursor in self._cursors.items() if not row % NEAR}
        self._cursors.update(enumerate(cursors, offset))

    def begin(self, offset: int, limit: int, count: int | None) -> Begin:
        """How to ask for the rows from `offset` on.

        Args:
            count: how many rows there are, where that is known exactly.
        """
        if offset <= NEAR:
            return Begin(offset=offset)
        if offset - 1 in self._cursors:
            return Begin(after=self._cursors[offset - 1])
        if offset + limit in self._cursors:
            return Begin(before=self._cursors[offset + limit])
        nearest = max((row for row in self._cursors if row < offset), default=-1)
        if count is not None and count - offset - limit < offset - nearest:
            # From the end it is nearer. The last window may be shorter than it is asked for.
            return Begin(from_end=True, offset=max(count - offset - limit, 0))
        if nearest >= 0:
            return Begin(after=self._cursors[nearest], offset=offset - nearest - 1)
        return Begin(offset=offset)


def cut(rows: Sequence[Any], begin: Begin, offset: int, count: int | None) -> Sequence[Any]:
    """What of the rows from the end lies from `offset` on: the last window begins where the grid says."""
    if not begin.get("from_end") or count is None:
        return rows
    wanted = count - offset - begin.get("offset", 0)
    return rows[-wanted:] if 0 < wanted < len(rows) else rows
