"""Statements that are written as SQL, for what is asked so often that peewee's time for their text counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bmtui.store import models


def run(sql: str, values: Sequence[Any]) -> int:
    """Run a statement whose parameters are marked by ``?``, inside the caller's transaction.

    Returns: the number of rows that it changed.
    """
    database = models.database
    return int(database.execute_sql(sql.replace("?", database.param), values).rowcount)


def fetch(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return all rows of a query whose parameters are marked by ``?``."""
    database = models.database
    rows: list[tuple[Any, ...]] = database.execute_sql(sql.replace("?", database.param), values).fetchall()
    return rows
