"""Share of a long test that runs: the suite takes a part, BMTUI_EVERY_MISHAP=1 all of it, as before a release."""

from __future__ import annotations

import os

THOROUGH = bool(os.environ.get("BMTUI_EVERY_MISHAP"))


def share(part: int, whole: int) -> int:
    """Return the `part` that the suite does, or the `whole` where all is asked for."""
    return whole if THOROUGH else part
