"""Companies side by side, and the guides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, Action


async def _next_company(screen: Any) -> None:
    """All companies, then one after the other."""
    app = screen.desk_app
    names: Sequence[str | None] = (None, *(view.name for view in app.companies))
    here = names.index(app.desk.company) if app.desk.company in names else 0
    name = names[(here + 1) % len(names)]
    app.desk = await app.desk.store.read(app.desk.of_company, name)
    app.first_company = name
    await app.lookout.check_everything()
    screen.say(f"Orders and jobs of {name}." if name else "Orders and jobs of all companies.", "good")


async def _totals(screen: Any) -> None:
    from bmtui.desk.orders import totals
    from bmtui.tui.dialogs.confirm import Notice

    app = screen.desk_app
    found = await app.desk.read(totals.of, screen.text)
    lines = [
        f"{one.orders:,} orders: {one.total} in all, {one.received} received, {one.refunded} refunded." for one in found
    ]
    await app.show(Notice("Totals of this query, per currency", lines or ["No order matches."]))


async def _guides(screen: Any) -> None:
    from bmtui.tui.dialogs.guides import Guides

    await screen.desk_app.show(Guides())


ACTIONS: tuple[Action, ...] = (
    Action(
        "desk.company",
        "Next company",
        "Show one company after the other, then all of them again.",
        ("ctrl+n",),
        "Desk",
        ("search", "jobs"),
        _next_company,
        why_not=why_not.several,
    ),
    Action(
        "search.totals",
        "Totals",
        "What the orders of the query come to, per currency.",
        ("ctrl+t",),
        "Search",
        ("search",),
        _totals,
    ),
    Action(
        "desk.guides",
        "Guides",
        "Quick start, screens, queries, security, troubleshooting: what 'bmtui help' shows.",
        ("f2", "ctrl+g"),
        "Desk",
        EVERYWHERE,
        _guides,
    ),
)
