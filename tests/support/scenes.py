"""Scenes: the keys to each screen and dialog on the desk of `installation`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from driving import Driver, driving
from installation import NOW, frozen, number

from bmtui.desk.core.context import Desk
from bmtui.desk.outbox.unsent import Remaining
from bmtui.desk.rules import rules
from bmtui.desk.rules.views import Draft
from bmtui.tui.dialogs.leave import Leave

Scene = Callable[[Driver], Awaitable[None]]


def _go(*ways: str, find: str | None = None) -> Scene:
    """Return a scene: search for `find`, then press the keys of each way, whose last word is the screen to wait for."""

    async def go(person: Driver) -> None:
        if find is not None:
            await person.search(find)
        for way in ways:
            *keys, place = way.split()
            await person.settled()
            await person.press(*keys)
            await person.at(place)

    return go


def _id(index: int) -> str:
    return f"id:{number(index)}"


def _then(scene: Scene, *keys: str) -> Scene:
    async def go(person: Driver) -> None:
        await scene(person)
        await person.settled()
        await person.press(*keys)

    return go


def _with_rules(scene: Scene) -> Scene:
    async def go(person: Driver) -> None:
        desk = person.app.desk
        then = ("status on_hold Look at it", "tag big")
        await desk.write(rules.save, Draft("Big orders", "order.created", "total:>800", then))
        await desk.write(rules.save, Draft("Slow ones", "for 4h", "channel:to_ship", ("notify chat",), enabled=False))
        await person.app.check_changes()
        await scene(person)

    return go


def _with_ways(scene: Scene) -> Scene:
    async def go(person: Driver) -> None:
        ways = (("chat", "https://hooks.example/orders"), ("broken", "nowhere"))
        tables = [f'[[notify]]\nname = "{name}"\nwebhook = "{url}"\n' for name, url in ways]
        file = person.app.desk.settings.file
        before = file.read_text() if file.exists() else ""
        file.write_text("\n".join([before, *tables]))
        await scene(person)

    return go


def _typing(query: str, *keys: str) -> Scene:
    async def go(person: Driver) -> None:
        await person.press("slash", *query)
        await person.until(lambda: person.home.shows(query) or "not readable" in person.seen())
        await person.press(*keys)

    return go


async def _preview(person: Driver) -> None:
    await person.press("v", "j")
    await person.settled()
    await person.until(lambda: "NEXT" in person.seen() and "Ship to" in person.seen())


async def _settle(person: Driver) -> None:
    await _go("Q OutboxScreen")(person)
    await person.settled()
    await person.press("j")
    await _go("s Settle")(person)
    await person.until(lambda: "cannot be asked now" in " ".join(person.seen().split()))


async def _recent(person: Driver) -> None:
    for index in (2, 6):
        await _go("enter OrderScreen", "q SearchScreen", find=_id(index))(person)
    await _go("ctrl+r Pick")(person)


async def _leave(person: Driver) -> None:
    left = Remaining("2 refunds and 1 shipment", "1 message", "", NOW + timedelta(seconds=8), "", (1, 2, 3), (), False)

    async def look() -> Remaining:
        return left

    # The desk of these scenes runs no jobs, and would leave at once.
    person.app.spawn(person.app.show(Leave(left, look)))
    await person.at("Leave")


async def _shipments(person: Driver) -> None:
    """Open the preview of a shipments file beside the store, so that its path is always the same."""
    with contextlib.chdir(person.app.desk.settings.data):
        lines = [f"{number(9)},1Z999AA10123456784,UPS,1"]
        lines += [f"{row},1Z999AA10123456784,UPS,1" for row in range(1, 16)]
        text = "\n".join(["order,tracking,carrier,weight", *lines])
        await asyncio.to_thread(Path("parcels.csv").write_text, text, encoding="utf-8")
        await _go("P AskPath", " ".join([*"parcels.csv", "enter", "ShipmentPreview"]))(person)


_ORDER = _go("enter OrderScreen", find=_id(6))
_SHIPPED = "channel:shipped payment:charged"

SCENES: dict[str, Scene] = {
    # The list of orders.
    "search": _go(),
    "search-found": _typing("dupont"),
    "search-completing": _typing("sta"),
    "search-unreadable": _typing("a sttus:b"),
    "search-nothing": _typing("zzzzzz", "enter"),
    "search-marks": _then(_go(), "space", "space", "j", "V", "j", "j"),
    "search-labels": _then(_go(), "f"),
    "search-preview": _preview,
    "search-queue-of-the-day": _then(_go(), "d"),
    "search-tutorial": _then(_go(), "ctrl+y"),
    "sort-by": _go("z Pick"),
    "columns": _go("K AskText"),
    "save-view": _go("w AskText"),
    "delete-view": _go("7 SearchScreen", "W Confirm"),
    "totals": _go("ctrl+t Notice"),
    "recent": _recent,
    "help": _go("question_mark Help"),
    "help-found": _then(_go("question_mark Help"), "slash", *"mark"),
    "palette": _go("colon Palette"),
    "palette-found": _then(_go("colon Palette"), *"view"),
    # The one whose words change least.
    "guides": _go("f2 Guides", "l l Guides"),
    "guide-index": _go("f2 Guides", "slash GuideIndex"),
    "download": _go("D Download"),
    "leave": _leave,
    # An order.
    "order": _ORDER,
    "order-end": _then(_ORDER, "G"),
    "as-it-was": _go("T AskText", "1 d enter AsItWasScreen", find=_id(6)),
    "note": _go("n AskText"),
    "results": _go("space space n AskText", "s e e n enter Results"),
    "cancel": _go("c Cancel", find="channel:to_ship status:in_process"),
    "cancel-on-channel": _go("C ChannelCancel", find=_id(21)),
    "refund": _go("r Refund", find=_SHIPPED),
    "refund-review": _go("r Refund", "ctrl+s Confirm", find=_SHIPPED),
    "refund-many": _go("space space r RefundMany", find=_SHIPPED),
    "accept": _go("a Confirm", find="channel:to_accept status:in_process"),
    "accept-many": _go("space space a Confirm", find="channel:to_accept status:in_process"),
    "ship": _go("t Ship", find=_id(9)),
    "identify": _go("N Identify", find=_id(9)),
    "shipments-file": _go("P AskPath"),
    "shipments-preview": _shipments,
    "papers": _go("p Papers", find=_id(9)),
    "scan": _go("X AskText", "enter ScanScreen"),
    "uploads": _go("f6 UploadsScreen"),
    # Invoices.
    "invoices": _go("I QueueScreen"),
    "invoice": _go("I QueueScreen", "enter InvoiceScreen"),
    "invoice-make": _go("I QueueScreen", "m Confirm"),
    "invoice-book": _go("I QueueScreen", "b BookScreen"),
    "invoice-settings": _go("comma SettingsScreen", "i InvoiceSettingsScreen"),
    # What comes back, and what customers write.
    "returns": _go("M ReturnsScreen"),
    "return": _go("M ReturnsScreen", "enter ReturnScreen"),
    "return-create": _go("m Form", find=_id(26)),
    "return-receive": _go("M ReturnsScreen", "v Form"),
    "return-decide": _go("M ReturnsScreen", "d Form"),
    "return-refund": _go("M ReturnsScreen", "r Form"),
    "care": _go("E FoldersScreen"),
    "folder": _go("E FoldersScreen", "enter FolderScreen"),
    "answer": _go("E FoldersScreen", "a Answer"),
    # What needs a person, and what happened.
    "today": _go("full_stop TodayScreen"),
    "outbox": _go("Q OutboxScreen"),
    "rules": _with_ways(_with_rules(_go("ampersand RulesScreen"))),
    "rule": _with_ways(_with_rules(_go("ampersand RulesScreen", "j enter RuleScreen"))),
    "rule-new": _with_ways(_with_rules(_go("ampersand RulesScreen", "n Form"))),
    "ways": _with_ways(_go("asterisk WaysScreen")),
    "deliveries": _with_ways(_go("asterisk WaysScreen", "enter DeliveriesScreen")),
    "outbox-shown": _go("Q OutboxScreen", "enter Notice"),
    "settle": _settle,
    "approvals": _go("A ApprovalsScreen"),
    "approve": _go("A ApprovalsScreen", "a Confirm"),
    "money": _go("dollar_sign MoneyScreen"),
    "tax-return": _go("dollar_sign MoneyScreen", "v TaxReturnScreen"),
    "without-cost": _go("dollar_sign MoneyScreen", "z WithoutCostScreen"),
    "statement-rows": _go("dollar_sign MoneyScreen", "enter StatementRowsScreen"),
    "numbers": _go("I QueueScreen", "N NumbersScreen"),
    "moving-in": _go("greater_than_sign MovingInScreen"),
    "differences": _go("equals_sign DriftsScreen"),
    "audit": _go("exclamation_mark AuditScreen"),
    "audit-row": _go("exclamation_mark AuditScreen", "enter AuditRowScreen"),
    "jobs": _go("J JobsScreen"),
    "job": _go("J JobsScreen", "enter JobScreen"),
    # Companies.
    "settings": _go("comma SettingsScreen"),
    "settings-editing": _then(_go("comma SettingsScreen"), "e", "space"),
    "acceptance-rule": _go("comma SettingsScreen", "b Rows"),
    "company-add": _go("comma SettingsScreen", "a Form"),
}
"""Scenes by name; each begins on the home screen."""

FIRST_SCENES: dict[str, Scene] = {
    "welcome": _go("b Welcome"),
    "search-no-company": _go(),
}
"""Scenes of a desk without a company, after its first guide was left."""


DIALOGS = frozenset(
    (
        *("sort-by", "columns", "save-view", "delete-view", "totals", "recent", "help", "help-found", "palette"),
        *(
            "palette-found",
            "guides",
            "guide-index",
            "download",
            "leave",
            "note",
            "results",
            "cancel",
            "cancel-on-channel",
            "refund",
        ),
        *("refund-review", "refund-many", "accept", "accept-many", "ship", "identify", "shipments-file"),
        *("shipments-preview", "papers", "invoice-make", "return-create", "return-receive", "return-decide"),
        *(
            "return-refund",
            "answer",
            "outbox-shown",
            "settle",
            "approve",
            "acceptance-rule",
            "company-add",
            "welcome",
            "rule-new",
        ),
    )
)
"""Scenes that end in a dialog."""


@contextlib.asynccontextmanager
async def at_scene(desk: Desk, name: str) -> AsyncIterator[Driver]:
    """Drive the desk to that scene at 80×24; yield the driver."""
    with frozen():
        async with driving(desk) as person:
            if name in FIRST_SCENES:
                await person.at("Welcome")
                await person.press("escape")
                await person.at("SearchScreen")
            await person.settled()
            await (SCENES | FIRST_SCENES)[name](person)
            yield person
