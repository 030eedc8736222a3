"""Steps of the notification actions: testing ways, editing bmtui.toml, retrying or dropping dead deliveries."""

from __future__ import annotations

import asyncio
from typing import Any

from bmtui import configuration, plain_file
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.events import catalogue
from bmtui.desk.notifications import deliveries, send, ways
from bmtui.desk.notifications.deliveries import DeliveryView, WayView
from bmtui.errors import NotFound
from bmtui.tui.dialogs.confirm import Confirm, Notice
from bmtui.tui.notifications.screen import DeliveriesScreen, WaysScreen
from bmtui.tui.screen import DeskScreen


async def open_ways(screen: DeskScreen) -> None:
    """Show the ways out."""
    await screen.desk_app.show(WaysScreen())


async def open_way(screen: Any) -> None:
    """Show the deliveries of the way under the cursor."""
    await screen.desk_app.show(DeliveriesScreen(_way(screen).name))


async def test(screen: Any) -> None:
    """Send a message on the way now, after a question that shows it."""
    app = screen.desk_app
    await app.desk.read(Desk.must_write)
    way, message = await app.desk.read(send.trial, _way(screen).name)
    parts = [(f"{way.kind} {way.where}", "bold"), ("", ""), (message.body.decode(), "")]
    if await app.ask(Confirm(f"Try the way {way.name}?", parts, "Send it")):
        await send.send(app.desk.settings, way, message)
        screen.say(f"{way.name}: the receiver accepted it.", "good")


async def edit(screen: DeskScreen) -> None:
    """Edit bmtui.toml in an editor; a wrong way is reported with its line, and the others are used."""
    app = screen.desk_app
    # A way is a program that the service runs.
    await app.desk.read(permissions.must_be_admin)
    file = app.desk.settings.file
    before = await asyncio.to_thread(lambda: plain_file.read_text(file, "utf-8") if file.exists() else "")
    text = await app.in_editor(before, configuration.NAME)
    if text == before:
        screen.say("Nothing was changed.")
        return
    configuration.parse(text, configuration.NAME)
    await asyncio.to_thread(configuration.replace_file, file, text)
    _, problems = await app.desk.read(ways.checked)
    if problems:
        await app.ask(Notice("bmtui.toml", [problem.sentence for problem in problems]))
    screen.say(f"{file} is saved.", "warn" if problems else "good")
    screen.reload()


async def send_again(screen: Any) -> None:
    """Try a dead delivery again."""
    count = await screen.desk_app.desk.write(deliveries.send_again, [_delivery(screen).delivery_id])
    screen.say(f"{count} is sent again.", "good")
    await screen.desk_app.check_changes()


async def drop(screen: Any) -> None:
    """Drop a dead delivery, after a question."""
    one = _delivery(screen)
    parts = [(f"Never delivered by {one.way}: {catalogue.in_words(one.event.event)} It is not sent again.", "")]
    if await screen.desk_app.ask(Confirm("Let it go?", parts, "Let it go")):
        await screen.desk_app.desk.write(deliveries.drop, [one.delivery_id])
        screen.say("It is dropped.", "good")
        await screen.desk_app.check_changes()


def _way(screen: Any) -> WayView:
    view: WayView | None = screen.current
    if view is None:
        raise NotFound("This notification way no longer exists.")
    return view


def _delivery(screen: Any) -> DeliveryView:
    view: DeliveryView | None = screen.current
    if view is None:
        raise NotFound("This notification no longer exists.")
    return view
