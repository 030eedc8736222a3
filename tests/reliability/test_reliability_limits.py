"""The limit that all processes share, against the marketplace's own: processes that ask as fast as they are let.

It runs for 12 seconds, which is more than one window of 10. BMTUI_LIMIT_SECONDS=25 runs it for longer and
BMTUI_EVERY_MISHAP=1 with more processes, as before a release; `limit_hammer.py` is the same with 64 processes.
"""

from __future__ import annotations

import os

from helpers import connect
from limit_hammer import MOST, run
from thoroughness import share

from bmtui.desk.core.context import Desk
from bmtui.queue import limits
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import RateLimit

SECONDS = float(os.environ.get("BMTUI_LIMIT_SECONDS", "12"))


def test_processes_at_full_speed_are_never_throttled(desk: Desk) -> None:
    with SandboxServer(SandboxOptions(orders=5)) as server:
        connect(desk, server)
        ran = run(desk, share(4, 6), SECONDS)
        # A 429 ends a process with its error.
        assert ran.errors == ()
        assert limits.held(server.url) is None
        assert RateLimit.get().held_until == 0
    assert ran.most <= MOST
    # And the limit was what kept them back, however slow the machine.
    assert ran.held_back > 0


def test_processes_that_stand_still_with_their_turn_send_no_more_than_allowed(desk: Desk) -> None:
    with SandboxServer(SandboxOptions(orders=5)) as server:
        connect(desk, server)
        ran = run(desk, share(8, 12), SECONDS, stopped=share(3, 5))
        assert ran.errors == ()
        assert limits.held(server.url) is None
    assert ran.most <= MOST
    assert ran.held_back > 0
