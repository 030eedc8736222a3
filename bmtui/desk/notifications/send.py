"""Sending of a message to the receiver of a notification way."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

from bmtui.desk.companies import credentials
from bmtui.desk.core.context import Desk
from bmtui.desk.events.events import EventView
from bmtui.desk.notifications import messages
from bmtui.desk.notifications import ways as notify_ways
from bmtui.desk.notifications.ways import Way
from bmtui.errors import ConfigError
from bmtui.senders.message import Message, NotDelivered
from bmtui.settings import Settings


async def send(settings: Settings, way: Way, message: Message) -> None:
    """Send the message to the way's receiver.

    Raises:
        NotDelivered: it was not taken.
    """
    # They load httpx and smtplib, which a desk that only looks should not pay for.
    if way.kind == "command":
        from bmtui.senders import command

        await command.send(way.command, message, way.timeout_s)
        return
    try:
        secret = await asyncio.to_thread(_secret, settings, way)
    except ConfigError as error:
        raise NotDelivered(error.message, error.advice, away=True) from error
    if way.kind == "webhook":
        from bmtui.senders import webhook

        await webhook.send(way.url, secret, message, way.timeout_s)
        return
    await _mail(way, secret, message)


async def _mail(way: Way, secret: str, message: Message) -> None:
    from bmtui.senders import mail

    letter = mail.compose(message, way.sender, way.to)
    if way.server is None:
        await mail.sendmail(way.sendmail, letter, way.timeout_s)
    else:
        await mail.send(replace(way.server, user=way.smtp_user, password=secret), letter, way.timeout_s)


def trial(desk: Desk, name: str) -> tuple[Way, Message]:
    """Return the way and its test message.

    Raises:
        NotFound, ConfigError: as `ways.find`.
    """
    with desk.store.snapshot():
        way = notify_ways.find(desk, name)
        event = EventView(0, "notify.test", desk.now(), way.company, None, desk.actor, {"way": name})
        return way, messages.compose(desk, way, [event])


def shown(way: Way, message: Message) -> dict[str, Any]:
    """Return a message and its receiver for display, without secrets."""
    return {
        "way": way.name,
        "kind": way.kind,
        "where": way.where,
        "id": message.id,
        "subject": message.subject,
        "body": json.loads(message.body),
    }


def _secret(settings: Settings, way: Way) -> str:
    name = way.secret_file or way.password_file
    return credentials.read_secret(settings, name) if name else ""
