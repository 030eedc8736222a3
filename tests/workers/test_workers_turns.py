"""Turns of the rate limit: an unused turn expires, and is asked for again before a byte is sent."""

from __future__ import annotations

import pytest

from bmtui.channel.transport import running_s
from bmtui.desk.core.context import Desk
from bmtui.queue import limits
from bmtui.sandbox.server import SandboxServer
from bmtui.workers import company_channel
from bmtui.workers.company_channel import open_access


@pytest.mark.parametrize(("late_s", "turns"), [(0.0, 1), (60.0, 2)])
async def test_unused_turn_that_expired_is_requested_again(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch, late_s: float, turns: int
) -> None:
    asked: list[float] = []
    reserve, stood_still = limits.reserve, [0.0]

    def counted(*args: object, **how: object) -> float:
        asked.append(1)
        return reserve(*args, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(limits, "reserve", counted)
    monkeypatch.setattr(company_channel, "running_s", lambda: running_s() + stood_still[0])
    company = await shop.read(Desk.company_row)
    async with open_access(shop, company.id) as access:
        await access.turn()
        # This process stands still with its turn.
        stood_still[0] = late_s
        await access.call(access.channel.orders(page=1, page_size=1))
        assert len(asked) == turns
        # A call without a turn of its own takes one.
        await access.call(access.channel.check())
        assert len(asked) == turns + 1
