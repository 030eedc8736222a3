"""Reads of after-sales folders within Care's own limits (API §2, §9)."""

from __future__ import annotations

from collections.abc import Iterable

from bmtui.channel.care import CareFolder, read_folder
from bmtui.desk.after_sales import folder_store
from bmtui.errors import ChannelError
from bmtui.queue.jobs import Progress
from bmtui.queue.worker import JobContext
from bmtui.store.models import Effect
from bmtui.words import EffectKind
from bmtui.workers.company_channel import CARE_DETAIL, Access


async def folder_now(access: Access, folder_id: int) -> CareFolder:
    """Return the folder as the channel shows it now. Raises ChannelError; Reschedule: a limit says to wait."""
    await access.care_turn(CARE_DETAIL)
    return read_folder(await access.call(access.channel.folder(folder_id)))


async def reread(job: JobContext, access: Access, effects: Iterable[Effect]) -> None:
    """Read the folders again to which messages were sent; a failure does not change the state of the messages."""
    desk, company_id = access.desk, access.company.id
    for folder_id in {effect.expected["folder_id"]: None for effect in effects if effect.kind == EffectKind.MESSAGE}:
        try:
            await access.care_turn(CARE_DETAIL)
            raw = await access.call(access.channel.folder(folder_id))

            def take(folder_id: int = folder_id, raw: object = raw) -> tuple[None, Progress]:
                assert isinstance(raw, dict)
                folder_store.keep(desk, company_id, folder_id, raw)
                return None, Progress(phase="done", log="The folder was re-read.")

            await job.commit(take)
        except ChannelError as error:
            await job.note(Progress(log=f"Folder {folder_id} could not be re-read: {error}", log_is_error=True))
