"""Current evidence on Back Market about one effect, for the person who must settle it (reliability §1)."""

from __future__ import annotations

from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import actions as outbox
from bmtui.errors import Throttled
from bmtui.queue.worker import Reschedule
from bmtui.store.models import Effect
from bmtui.workers.company_channel import open_access
from bmtui.workers.outbox import verify_effects


async def now(desk: Desk, effect_id: int) -> str:
    """Return a sentence: the current state on Back Market of the order or folder that the effect changes.

    Raises:
        NotFound: no such effect. ChannelError: Back Market could not be asked.
    """
    await desk.read(outbox.show, effect_id)
    effect = await desk.store.read(Effect.get_by_id, effect_id)
    async with open_access(desk, effect.company_id) as access:
        try:
            return (await verify_effects.look(access, effect)).text
        except Reschedule as again:
            raise Throttled(str(again), "Try again then.", retry_after_s=again.delay_s) from again
