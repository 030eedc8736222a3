"""An account that may only look, on a real terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from terminal import Terminal

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk


def test_who_may_only_look_has_a_desk_that_says_so(office: Desk, home: Path) -> None:
    permissions.set_rights(office, "4242", role="admin")
    permissions.set_rights(office, str(os.getuid()), role="viewer")
    with Terminal([sys.executable, "-m", "bmtui", "--home", str(home)]) as terminal:
        terminal.wait_for("READ-ONLY", "Help")
        terminal.press("r")
        terminal.wait_for("read-only")
        terminal.press("q")
        assert terminal.wait_exit() == 0
