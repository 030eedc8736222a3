"""Cancellations that a download brings: those of buyers are told, those that were asked for here are not."""

from __future__ import annotations

import pytest
from helpers import raw_line, raw_order, take_in

from bmtui.desk.cancellation import on_channel
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.store.models import Effect
from bmtui.words import EffectState


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (EffectState.PLANNED, 0),
        (EffectState.SENDING, 0),
        (EffectState.UNKNOWN, 0),
        (EffectState.CONFIRMED, 0),
        (EffectState.REJECTED, 1),
        (EffectState.WITHDRAWN, 1),
    ],
)
def test_cancellation_is_the_buyers_where_none_of_ours_can_have_done_it(
    offline: Desk, state: EffectState, told: int
) -> None:
    take_in(offline, raw_order(1, [raw_line(10, 1)], state=1))
    on_channel.send(offline, 1)
    Effect.update(state=state).execute()
    take_in(offline, raw_order(1, [raw_line(10, 4)], state=9, date_modification="2026-11-03T10:00:00+00:00"))
    assert len(events.listing(offline, name="order.cancelled_by_buyer")) == told
