"""Connections of a worker: kept open from one job to the next."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import connect, order_of, take_in, work
from planning import plan_accept

from bmtui.desk.core.context import Desk
from bmtui.sandbox import SandboxOptions, server
from bmtui.sandbox.gateway import Edge
from bmtui.store.models import Effect
from bmtui.words import EffectState


def test_jobs_of_a_company_use_one_connection_when_they_follow_each_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    callers: set[tuple[str, int]] = set()

    class Noting(Edge):
        async def _serve(self, scope: Any, request: Any, receive: Any, send: Any) -> None:
            callers.add(scope["client"])
            await super()._serve(scope, request, receive, send)

    monkeypatch.setattr(server, "Edge", Noting)
    # However slow this machine is.
    monkeypatch.setattr("bmtui.channel.transport._IDLE_S", 600.0)
    with server.SandboxServer(SandboxOptions(orders=120)) as bazaar:
        connect(desk, bazaar)
        raws = [raw for raw in bazaar.marketplace.all_orders() if [line["state"] for line in raw["orderlines"]] == [1]]
        take_in(desk, *raws[:5])
        for raw in raws[:5]:
            plan_accept(desk, order_of(raw["order_id"]))
        work(desk)
    assert [effect.state for effect in Effect.select()] == [EffectState.CONFIRMED] * 5
    # Three jobs run at a time.
    assert len(callers) <= 3
