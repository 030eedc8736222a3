from __future__ import annotations

import pytest
from return_counter import ship

from bmtui.desk.core.context import Desk


@pytest.fixture
def shipped(offline: Desk) -> Desk:
    """A desk with an order of a phone, a pair of chargers, and a line that was not shipped."""
    return ship(offline)
