"""Year of the practice marketplace with its own billing statements: every cent is explained.

500 orders by default, 2,000 with BMTUI_EVERY_MISHAP=1; more with
``BMTUI_YEAR_ORDERS=50000 pytest tests/desk/accounts/test_desk_accounts_year.py``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ledger_recount
import pytest
from helpers import connect, download
from statement_counter import bring_in
from thoroughness import share

from bmtui.desk.accounts import figure_counts, figures, statement_import, statements
from bmtui.desk.core.context import Desk
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Job
from bmtui.words import JobStatus

pytestmark = pytest.mark.slow

ORDERS = int(os.environ.get("BMTUI_YEAR_ORDERS", share(500, 2000)))
FAULTS = {"no-such-order": 3, "refund": 3, "fee": 3, "twice": 3, "adjustment": 3, "price": 3}
PROBLEMS = {
    "no-such-order": "no_such_order",
    "refund": "refund_not_known_here",
    "fee": "fee_differs",
    "twice": "twice",
    "adjustment": "adjustment_not_known",
    "price": "amount_differs",
}


@pytest.fixture
def year(desk: Desk) -> Iterator[tuple[Desk, SandboxServer]]:
    """A desk that has downloaded a year of orders, and the marketplace that they are from."""
    # The clock stands: of many orders, some are paid while the list is read, and each reading leaves the last out.
    options = SandboxOptions(orders=ORDERS, days=365, rate_limit=1_000_000, now=datetime.now(UTC))
    with SandboxServer(options) as server:
        connect(desk, server)
        job = Job.get_by_id(download(desk))
        assert (job.status, job.error) == (JobStatus.COMPLETED, "")
        yield desk, server


def test_a_year_with_its_statements_is_explained_to_the_cent(year: tuple[Desk, SandboxServer], tmp_path: Path) -> None:
    desk, server = year
    text, none = server.marketplace.statement()
    assert none == []
    path = tmp_path / "year.csv"
    path.write_text(text, encoding="utf-8")
    done = bring_in(desk, str(path))
    assert done.unexplained == ()
    billed: Counter[tuple[str, str]] = Counter()
    for found in statements.sums(desk):
        billed[found.currency, found.kind] += found.amount.minor
    assert dict(billed) == ledger_recount.of_csv(text) == ledger_recount.should_be_billed(desk)
    assert bring_in(desk, str(path)).file_id is None
    # What the figures say is what the orders say, with the fees that were charged.
    today = desk.now().date()
    totals = figures.report(desk, today - timedelta(days=400), today + timedelta(days=1)).totals
    assert {
        row.currency: (row.orders, row.revenue.minor, row.refunds.minor, row.fees.minor) for row in totals
    } == ledger_recount.takings(desk)
    figure_counts.recount(desk)
    assert figures.report(desk, today - timedelta(days=400), today + timedelta(days=1)).totals == totals


def test_faults_planted_in_a_statement_are_all_found_and_nothing_else(
    year: tuple[Desk, SandboxServer], tmp_path: Path
) -> None:
    desk, server = year
    text, odd = server.marketplace.statement("", FAULTS)
    assert Counter(one["fault"] for one in odd) == FAULTS
    path = tmp_path / "faults.csv"
    path.write_text(text, encoding="utf-8")
    done = statement_import.save(desk, statement_import.preview(desk, str(path))[1])
    expected = sorted((int(one["order_id"]), PROBLEMS[one["fault"]], one["amount"]) for one in odd)
    assert sorted((row.order_id, row.problem, row.amount.decimal) for row in done.unexplained) == expected
    assert done.job_id is not None
