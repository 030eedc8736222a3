"""Steps of the outbox actions on other screens: opening it, and taking back the last write."""

from __future__ import annotations

from bmtui.desk.outbox import actions as outbox
from bmtui.tui.outbox.screen import OutboxScreen
from bmtui.tui.screen import DeskScreen
from bmtui.words import EffectState


async def open_outbox(screen: DeskScreen) -> None:
    """Show the outbox."""
    await screen.desk_app.show(OutboxScreen())


async def open_order(screen: OutboxScreen) -> None:
    """Open the order of the write under the cursor."""
    effect = screen.current
    if effect is not None and effect.order_id is not None:
        await screen.desk_app.open_order(effect.order_id, effect.company)


async def take_back(screen: DeskScreen) -> None:
    """Withdraw the last action of this operator, and say which of its writes had left already."""
    taken = await screen.desk_app.desk.write(outbox.take_back)
    sent = [view for view in taken if view.state != EffectState.WITHDRAWN]
    kept = f" Not taken back, as it had left: {outbox.summary(sent)}." if sent else " Nothing of it was sent."
    screen.say(f"Taken back: {outbox.summary([view for view in taken if view not in sent])}.{kept}", "good")
    await screen.desk_app.check_changes()
