from __future__ import annotations

import pytest
from invoice_shop import open_shop_of_three

from bmtui.desk.core.context import Desk


@pytest.fixture
def shop(offline: Desk) -> Desk:
    """A desk with settings of invoices and three orders that shipped; the third has a phone and a cable."""
    return open_shop_of_three(offline)
