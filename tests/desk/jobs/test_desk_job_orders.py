"""List of the orders that a job changed: it also says how many more the job only read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers import download

from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs


@pytest.mark.parametrize(("succeeded", "said"), [(71, " created or changed; 1 read and unchanged"), (70, ""), (0, "")])
def test_job_that_read_more_orders_than_it_lists_says_how_many(shop: Desk, succeeded: int, said: str) -> None:
    view = replace(jobs.show(shop, download(shop)), succeeded=succeeded)
    assert jobs.unchanged(view, 70) == said
    assert jobs.unchanged(replace(view, type="refund"), 70) == ""
