"""Folding of search texts that an older release stored, in small steps, so that a million of them block nobody."""

from __future__ import annotations

from collections.abc import Callable

from bmtui.store.dialect import Dialect
from bmtui.text import folded

STEP = 1_000
"""Orders per transaction; it holds the write lock for a tenth of a second."""
TOLD_EVERY = 20_000

Progress = Callable[[int, int], None]
"""Callback with the numbers of done and of all orders."""


def fold_texts(database: Dialect, progress: Progress) -> None:
    """Fold the texts that `search_unfolded` lists. A stopped run is continued by the next; several may run at once."""
    # Where the database enforces roles, the service's account does it.
    total = database.execute_sql("SELECT count(*) FROM search_unfolded").fetchone()[0] if database.may_fold() else 0
    if not total:
        return
    done = 0
    progress(0, total)
    while count := _step(database):
        done += count
        if done % TOLD_EVERY < STEP:
            progress(min(done, total), total)
    progress(total, total)


def _step(database: Dialect) -> int:
    """Fold the next orders in a transaction of its own; returns their number."""
    mark = database.param
    with database.writing():
        refs = database.execute_sql(f"SELECT order_ref FROM search_unfolded ORDER BY order_ref LIMIT {STEP}").fetchall()  # noqa: S608 - a number of ours
        if not refs:
            return 0
        last = refs[-1][0]
        query = (
            "SELECT id, search_text FROM orders WHERE id IN "  # noqa: S608 - names of ours
            f"(SELECT order_ref FROM search_unfolded WHERE order_ref <= {mark})"
        )
        found = database.execute_sql(query, (last,)).fetchall()
        update = f"UPDATE orders SET search_text = {mark} WHERE id = {mark}"  # noqa: S608 - names of ours
        database.execute_many(update, [(folded(text), row) for row, text in found])
        database.execute_sql(f"DELETE FROM search_unfolded WHERE order_ref <= {mark}", (last,))  # noqa: S608
    return len(refs)
