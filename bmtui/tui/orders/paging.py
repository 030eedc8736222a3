"""Paging of a long list: windows are read beside a row that is known, because the store skips rows one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, TypedDict

Cursor: TypeAlias = tuple[Any, ...]
"""Position of a row in the sort, as `desk.search.page` returns it."""

NEAR = 1_000
"""Offset up to which rows are simply skipped: there, numbers from the top are exact, whatever comes in."""

KEPT = 5_000
"""Most cursors that are held; above that, only those of rows whose number divides by `NEAR` stay."""


class Begin(TypedDict, total=False):
    """Arguments of `desk.search.page` that say where the window begins."""

    offset: int
    after: Cursor
    before: Cursor
    from_end: bool


class Places:
    """Cursors of the rows of one query's answer, by row number."""

    def __init__(self) -> None:
        self._cursors: dict[int, Cursor] = {}

    def forget(self) -> None:
        """Forget all cursors, because another query is asked."""
        self._cursors.clear()

    def learn(self, offset: int, cursors: Sequence[Cursor]) -> None:
        """Keep the cursors of the rows from `offset` on."""
        if len(self._cursors) > KEPT:
            self._cursors = {row: cursor for row, cursor in self._cursors.items() if not row % NEAR}
        self._cursors.update(enumerate(cursors, offset))

    def begin(self, offset: int, limit: int, count: int | None) -> Begin:
        """Return the arguments that ask for the rows from `offset` on.

        Args:
            count: the number of rows, if it is known exactly, else None.
        """
        if offset <= NEAR:
            return Begin(offset=offset)
        if offset - 1 in self._cursors:
            return Begin(after=self._cursors[offset - 1])
        if offset + limit in self._cursors:
            return Begin(before=self._cursors[offset + limit])
        nearest = max((row for row in self._cursors if row < offset), default=-1)
        if count is not None and count - offset - limit < offset - nearest:
            # The end is nearer. The last window may be shorter than `limit`.
            return Begin(from_end=True, offset=max(count - offset - limit, 0))
        if nearest >= 0:
            return Begin(after=self._cursors[nearest], offset=offset - nearest - 1)
        return Begin(offset=offset)


def cut(rows: Sequence[Any], begin: Begin, offset: int, count: int | None) -> Sequence[Any]:
    """Return the rows from `offset` on, of a window that was read from the end: it may begin too early."""
    if not begin.get("from_end") or count is None:
        return rows
    wanted = count - offset - begin.get("offset", 0)
    return rows[-wanted:] if 0 < wanted < len(rows) else rows
