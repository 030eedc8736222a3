"""Scheduled work of workers: a failure of one task does not keep the others back."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bmtui.desk.core.context import Desk
from bmtui.desk.rules import engine
from bmtui.workers import run_worker


def test_step_that_fails_is_logged_without_values_and_the_worker_goes_on(
    offline: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Not in the line that raises: a log shows lines, and no values.
    buyer = " ".join(("Marie", "Dupont"))

    def broken(desk: Desk) -> None:
        raise ValueError(buyer)

    monkeypatch.setattr(engine, "run_due", broken)

    async def one_round() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        # Called at the end of each round, once everything else was done.
        def alive() -> None:
            loop.call_soon_threadsafe(stop.set)

        await run_worker(offline, stop=stop, alive=alive)

    with caplog.at_level(logging.ERROR):
        asyncio.run(one_round())
    assert "ValueError" in caplog.text
    assert buyer not in caplog.text
