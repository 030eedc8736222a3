"""Job that sends notifications: all ways in parallel, each in order, so that a dead receiver does not stop the others.

A message is handed over first, then marked: a worker that dies between the two sends it again, with the same id.
"""

from __future__ import annotations

import asyncio
from functools import partial

from bmtui.desk.core.context import Desk
from bmtui.desk.notifications import deliveries, messages, send
from bmtui.desk.notifications import ways as notify_ways
from bmtui.desk.notifications.deliveries import DeliveryView
from bmtui.desk.notifications.ways import Way
from bmtui.queue.jobs import Progress
from bmtui.queue.worker import JobContext, Outcome
from bmtui.senders.message import NotDelivered


async def run(desk: Desk, context: JobContext) -> Outcome:
    """Send all due notifications, way by way."""
    ways, _ = await desk.read(notify_ways.checked)
    counts = await asyncio.gather(*(_send_way(desk, context, way) for way in ways))
    sent, failed = sum(count[0] for count in counts), sum(count[1] for count in counts)
    await context.note(Progress(processed=sent + failed, succeeded=sent, failed=failed))
    return Outcome({"sent": sent, "failed": failed})


async def _send_way(desk: Desk, context: JobContext, way: Way) -> tuple[int, int]:
    """Send the due notifications of one way; returns the numbers of accepted and of refused ones."""
    sent = failed = 0
    while due := await desk.read(deliveries.due, way):
        await context.checkpoint()
        try:
            message = await desk.read(messages.compose, way, [one.event for one in due])
            await send.send(desk.settings, way, message)
        except NotDelivered as error:
            await context.commit(partial(_failed, desk, way, due, error))
            failed += len(due)
            if error.away:
                break
        else:
            await context.commit(partial(_sent, desk, due))
            sent += len(due)
    return sent, failed


def _sent(desk: Desk, due: tuple[DeliveryView, ...]) -> tuple[None, Progress]:
    deliveries.sent(desk, [one.delivery_id for one in due])
    return None, Progress()


def _failed(desk: Desk, way: Way, due: tuple[DeliveryView, ...], error: NotDelivered) -> tuple[None, Progress]:
    deliveries.failed(desk, way, due, error)
    return None, Progress(log=f"{way.name}: {error.message}", log_is_error=True)
