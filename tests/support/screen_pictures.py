"""Pictures of the screens, made by driving the real app: documentation cannot drift from it.

python tests/support/screen_pictures.py screenshots --texts bmtui/guides/pictures
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import re
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bmtui.cli.sandbox.demo import filled_desk
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.errors import NotFound
from bmtui.sandbox import SandboxOptions
from bmtui.tui import prepare_environment

if TYPE_CHECKING:
    from textual.app import App
    from textual.pilot import Pilot

    from bmtui.tui.app import DeskApp

SCREENS = {
    "invoices": ("I", "invoice_queue"),
    "outbox": ("Q", "outbox"),
    "uploads": ("f6", "uploads"),
    "care": ("E", "folders"),
    "returns": ("M", "returns"),
    "approvals": ("A", "approvals"),
    "today": (".", "today"),
    "audit": ("exclamation_mark", "audit"),
}
"""Key and place of the screens that a single key opens from the home screen, by picture."""

NAMES = ("search", "order", "jobs", "settings", "cancel", "refund", "scan_stop", "scan", *SCREENS)
"""The pictures, in the order in which they are made."""

IMEI = "356938035643809"
"""IMEI of the device that is scanned for the pictures."""
DEADLINE_S = 30.0
SIZE = (80, 24)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PORT = 48410
"""Port of the marketplace, always the same because the pictures show it."""


def make_pictures(desk: Desk, folder: Path, texts: Path | None = None) -> tuple[Path, ...]:
    """Write an SVG of each of `NAMES` into `folder`, and its characters into `texts`; return the paths of the SVGs.

    The desk needs a shipped order in EUR that can be refunded, and an order of one phone to ship. Nothing is changed,
    nothing is sent; the order that is scanned is put back. The same store and clock give the same files.

    Raises:
        TimeoutError: a screen did not show the expected contents in time.
    """
    prepare_environment()
    for place in filter(None, (folder, texts)):
        place.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_draw(desk, folder, texts))


async def _draw(desk: Desk, folder: Path, texts: Path | None) -> tuple[Path, ...]:
    from bmtui.tui.app import DeskApp

    app = DeskApp(desk, run_jobs=False, deaf_s=0)
    made: list[Path] = []

    def picture() -> None:
        path = folder / f"{NAMES[len(made)]}.svg"
        path.write_text(drawing(app), encoding="utf-8")
        if texts is not None:
            (texts / f"{path.stem}.txt").write_text(_drawn(app), encoding="utf-8")
        made.append(path)

    async with app.run_test(size=SIZE) as pilot:
        await _until(pilot, lambda: _orders(app) > 0)
        picture()
        await _search(pilot, app, "channel:shipped payment:charged currency:EUR")
        await pilot.press("enter")
        await _until(pilot, lambda: _place(app) == "order" and "1 Summary" in _text(app))
        picture()
        await pilot.press("q")
        await _until(pilot, lambda: _place(app) == "search")
        await pilot.press("J")
        await _until(pilot, lambda: _place(app) == "jobs" and _orders(app) > 0)
        picture()
        await pilot.press("q", "comma")
        await _until(pilot, lambda: _place(app) == "settings" and _orders(app) > 0)
        picture()
        await pilot.press("q")
        await _until(pilot, lambda: _place(app) == "search")
        await _search(pilot, app, "channel:to_ship status:in_process")
        await pilot.press("c")
        await _until(pilot, lambda: type(app.screen).__name__ == "Cancel")
        picture()
        await pilot.press("escape")
        await _until(pilot, lambda: _place(app) == "search")
        await _search(pilot, app, "channel:shipped payment:charged currency:EUR")
        await pilot.press("r")
        await _until(pilot, lambda: type(app.screen).__name__ == "Refund")
        await pilot.press(*"20.00")
        picture()
        await pilot.press("escape", "escape")
        await _until(pilot, lambda: _place(app) == "search")
        await _search(pilot, app, "")
        await _to_the_station(pilot, app)
        order_id, sku = await desk.read(_parcel)
        for code in (str(order_id), sku, IMEI[:-1] + "0"):
            await _scan(pilot, app, code)
        picture()
        await _scan(pilot, app, IMEI)
        picture()
        await pilot.press("escape")
        await _until(pilot, lambda: _place(app) == "search")
        # Nobody packs any more.
        await app.check_changes()
        for key, place in SCREENS.values():
            await pilot.press(key)
            await _until(pilot, partial(_is_at, app, place))
            picture()
            await pilot.press("q")
            await _until(pilot, lambda: _place(app) == "search")
    return tuple(made)


def drawing(app: App[Any]) -> str:
    """Return the terminal's contents as SVG; the same screen gives the same text."""
    # Without the fonts that it would fetch from elsewhere: whoever reads the documentation calls nobody.
    drawn = re.sub(r"@font-face\s*{.*?}", "", app.export_screenshot(title="bmtui"), flags=re.DOTALL)
    # Its names come from how the drawing was cut into pieces, which differs from time to time; what is drawn does not.
    return re.sub(r"\bterminal-\d+", "terminal", drawn)


async def _search(pilot: Pilot[Any], app: DeskApp, query: str) -> None:
    from bmtui.tui.orders.screen import SearchScreen
    from bmtui.tui.widgets.form import Entry

    screen = app.screen
    if not isinstance(screen, SearchScreen):
        raise TimeoutError("The home screen is not on top.")
    screen.part(Entry).value = query
    await _until(pilot, lambda: screen.shows(query) and _orders(app) > 0)


def _parcel(desk: Desk) -> tuple[int, str]:
    """Return the number of an order of one phone to ship, and its SKU."""
    for row in search.page(desk, "channel:to_ship status:in_process sku:PHN*", limit=50).rows:
        lines = overview.show(desk, row.order_id).lines
        if len(lines) == 1 and lines[0].quantity == 1:
            return row.order_id, lines[0].sku
    raise NotFound("There is no order of one phone to ship.")


async def _to_the_station(pilot: Pilot[Any], app: DeskApp) -> None:
    await pilot.press("X")
    await _until(pilot, lambda: type(app.screen).__name__ == "AskText")
    await pilot.press("ctrl+u", *"Anna", "enter")
    await _until(pilot, lambda: _place(app) == "scan")


async def _scan(pilot: Pilot[Any], app: DeskApp, code: str) -> None:
    """Type a code and Enter as a scanner does; wait until the station has answered."""
    from bmtui.tui.shipping.scan_screen import ScanScreen

    screen = app.screen
    if not isinstance(screen, ScanScreen):
        raise TimeoutError("The scan station is not on top.")
    before = screen.station
    await pilot.press(*code, "enter")
    await _until(pilot, lambda: screen.station is not before)


def _drawn(app: DeskApp) -> str:
    """Return the terminal's contents as plain text."""
    from bmtui.tui.widgets.textual_internals import painted_strips

    strips = painted_strips(app)
    return "".join("".join(segment.text for segment in strip).rstrip() + "\n" for strip in strips)


def _is_at(app: DeskApp, place: str) -> bool:
    return _place(app) == place and app.is_quiet


def _place(app: DeskApp) -> str:
    return getattr(app.screen, "PLACE", "")


def _orders(app: DeskApp) -> int:
    from bmtui.tui.widgets.table import Table

    return app.top.part(Table).count


def _text(app: DeskApp) -> str:
    from bmtui.tui.widgets.lines import Reader

    return "\n".join(app.top.part(Reader).texts)


async def _until(pilot: Pilot[Any], condition: Callable[[], bool]) -> None:
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not condition():
                await pilot.pause()
    except TimeoutError:
        raise TimeoutError(f"The screen did not come to: {inspect.getsource(condition).strip()}") from None
    await pilot.pause()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR", help="for an SVG of each screen")
    parser.add_argument("--texts", type=Path, metavar="DIR", help="for the same as plain text")
    parser.add_argument("--orders", type=int, default=200, metavar="N", help="orders in the marketplace (200)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed makes the same pictures (1)")
    args = parser.parse_args()
    options = SandboxOptions(orders=args.orders, seed=args.seed, now=NOON, port=PORT)
    with (
        tempfile.TemporaryDirectory(prefix="bmtui-pictures-") as home,
        filled_desk(Path(home), options, now=lambda: NOON, actor="anna(1000)") as (desk, _, _),
    ):
        for path in make_pictures(desk, args.folder, args.texts):
            print(f"Drew {path}.")


if __name__ == "__main__":
    main()
