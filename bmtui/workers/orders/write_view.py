"""Job that exports a saved view: as a file in its folder, complete or not at all, or as an event for the ways out."""

from __future__ import annotations

import asyncio
from datetime import datetime

from bmtui.configuration import replace_file
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import view_schedules
from bmtui.errors import BmtuiError
from bmtui.queue.jobs import Claim, Progress
from bmtui.queue.worker import JobContext, Outcome


async def run(desk: Desk, context: JobContext) -> Outcome:
    """Write the due export; a second attempt writes the same file again."""
    schedule_id = int(context.claim.parameters["schedule"])
    due = datetime.fromisoformat(str(context.claim.parameters["due"]))
    try:
        schedule, text, order_ids = await desk.read(view_schedules.content, schedule_id)
        file = ""
        if schedule.to != view_schedules.NOTIFY:
            path = view_schedules.file_of(schedule, due, desk.zone(schedule.company or None))
            await context.checkpoint()
            await asyncio.to_thread(replace_file, path, text)
            file = str(path)
    except BmtuiError as error:
        told = str(error)
        await context.commit(lambda: _failed(schedule_id, told))
        raise

    def note() -> tuple[None, Progress]:
        view_schedules.written(desk, schedule, file, order_ids)
        return None, Progress(processed=len(order_ids), succeeded=len(order_ids))

    await context.commit(note)
    return Outcome({"file": file, "orders": len(order_ids)})


def abandon(desk: Desk, claim: Claim, reason: str) -> None:
    """Store the reason of a failed export with its schedule."""
    view_schedules.failed(int(claim.parameters["schedule"]), reason)


def _failed(schedule_id: int, told: str) -> tuple[None, Progress]:
    view_schedules.failed(schedule_id, told)
    return None, Progress()
