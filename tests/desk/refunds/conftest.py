from __future__ import annotations

import pytest
from refund_counter import open_counter

from bmtui.desk.core.context import Desk


@pytest.fixture
def counter(offline: Desk) -> Desk:
    """A desk with one order of each kind: 1 shipped, 2 accepted, 3 paid, 4 shipped with three lines."""
    return open_counter(offline)
