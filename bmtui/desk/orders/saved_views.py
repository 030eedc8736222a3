"""Saved views: a query with its sort and columns under a name, shared by all who work on the same store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.errors import NotFound, RuleRefused
from bmtui.store.models import SavedView
from bmtui.text import plain

LONGEST_NAME = 20
MOST = 40
TO_ACCEPT = "channel:to_accept status:in_process"
"""Query for the orders that wait to be accepted here."""
DIGITS = 9
"""Number of views that a digit key opens."""


@dataclass(frozen=True, slots=True)
class ViewOfOrders:
    """A saved view. `columns` are names of the table's columns, empty for the usual ones; `place` counts from 1."""

    name: str
    query: str
    sort: str
    descending: bool
    columns: tuple[str, ...]
    place: int


USUAL = tuple(
    ViewOfOrders(name, query, sort, sort != "shipby", (), place)
    for place, (name, query, sort) in enumerate(
        (
            ("All", "", "created"),
            ("To accept", TO_ACCEPT, "shipby"),
            ("To ship", "channel:to_ship status:in_process", "shipby"),
            ("Late", "shipby:overdue", "shipby"),
            ("Held", "status:on_hold,problem_order", "updated"),
            ("Trouble", "has:error", "updated"),
        ),
        start=1,
    )
)
"""Views of a new store."""


def listing(desk: Desk) -> tuple[ViewOfOrders, ...]:
    """Return all views, in the order of their digits; the usual views while nobody has saved or deleted any."""
    rows = SavedView.select().order_by(SavedView.place, SavedView.id)
    kept = tuple(
        ViewOfOrders(row.name, row.query, row.sort, row.descending, tuple(row.columns), place)
        for place, row in enumerate(rows, start=1)
    )
    return kept or USUAL


def save(
    desk: Desk, name: str, query: str, *, sort: str = "created", descending: bool = True, columns: Sequence[str] = ()
) -> ViewOfOrders:
    """Save a view; a view of that name is replaced and keeps its place, a new one comes last.

    Raises:
        RuleRefused: no or too long a name, or too many views. QueryError: the query cannot be read. ConfigError: no
        such sort.
    """
    desk.must_write()
    name = plain(name).strip()
    if not name or len(name) > LONGEST_NAME:
        raise RuleRefused(f"A view needs a name of 1 to {LONGEST_NAME} characters.", "Choose a short one: it is a tab.")
    # Check the query now, so that opening the view cannot fail.
    search.page(desk, query, sort=sort, limit=1)
    values = {"query": query, "sort": sort, "descending": descending, "columns": list(columns)}
    with desk.store.transaction():
        _keep_usual(desk)
        here = list(SavedView.select().order_by(SavedView.place))
        if name in [row.name for row in here]:
            SavedView.update(**values).where(SavedView.name == name).execute()
        elif len(here) >= MOST:
            raise RuleRefused(f"There are {MOST} views already.", "Delete one: 'bmtui views delete NAME'.")
        else:
            place = here[-1].place + 1 if here else 1
            SavedView.create(name=name, place=place, made_by=desk.actor, made_at=desk.now(), **values)
    return next(view for view in listing(desk) if view.name == name)


def delete(desk: Desk, name: str) -> None:
    """Delete a view; those behind it move up by a digit.

    Raises:
        NotFound: there is no such view.
    """
    desk.must_write()
    with desk.store.transaction():
        _keep_usual(desk)
        if not SavedView.delete().where(SavedView.name == name).execute():
            names = ", ".join(view.name for view in listing(desk))
            raise NotFound(f"There is no view '{name}'.", f"Views: {names}." if names else "There are none.")


def _keep_usual(desk: Desk) -> None:
    """Insert the usual views, before the first change of any view."""
    if not SavedView.select().exists():
        for view in USUAL:
            SavedView.create(
                name=view.name,
                query=view.query,
                sort=view.sort,
                descending=view.descending,
                columns=[],
                place=view.place,
                made_by="bmtui",
                made_at=desk.now(),
            )
