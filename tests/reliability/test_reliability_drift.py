"""Short run of `drift.py`: no order is lost while the list moves; and proof that it would find a loss."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from drift import RETRIABLE, Tally, run
from helpers import raw_line, raw_order, work
from thoroughness import share

from bmtui.channel.client import BackMarket, OrdersPage
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.sync import download as downloads
from bmtui.desk.sync import inbox
from bmtui.queue import limits
from bmtui.sandbox import FAULTS
from bmtui.store.models import Order
from bmtui.workers.sync import order_list

RUNS = share(16, 24)


def test_downloads_under_drift_and_faults_lose_double_and_spoil_no_order() -> None:
    total = Tally()
    for seed in range(RUNS):
        total.add(run(seed))
    assert total.bad == []
    assert (total.lost, total.doubled, total.wrong) == (0, 0, 0)
    # It was no calm sea.
    assert total.moves["leaves_and_another_comes"] > RUNS // 2
    assert total.moved > 0


@pytest.mark.parametrize("seed", [2, 9, 10], ids=["descending", "observed", "ascending"])
def test_first_download_of_a_large_moving_shop_reads_the_list_once(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Read a list of many pages while orders come, change, appear and leave before every other one."""
    for name, size in (("PAGE_SIZE", 10), ("FIRST_SIZE", 9), ("SMALLEST_PAGE", 6)):
        monkeypatch.setattr(order_list, name, size)
    orders = share(500, 1000)
    found = run(seed, orders)
    assert found.bad == []
    assert (found.lost, found.doubled, found.again, found.partial) == (0, 0, 0, 0)
    assert min(found.moves[name] for name in ("comes", "leaves", "appears", "changes")) > share(3, 5)
    # Each order that leaves costs a step back and the pages that were asked for at once; nothing else costs as much.
    leave = found.moves["leaves"] + found.moves["leaves_and_another_comes"] + found.moves["lives"]
    assert found.first < 1.3 * orders / 10 + order_list.PAGES_AT_ONCE * (leave + order_list.MAX_CATCH_UPS)


def test_drift_uses_every_fault_that_a_retry_can_mend() -> None:
    assert {"error-500", "html-502", "html-200", "truncated", "drop", "throttle-retry-after", "overlap", "slip"} <= set(
        RETRIABLE
    )
    assert set(RETRIABLE) < set(FAULTS)


def test_drift_run_would_find_a_lost_order(monkeypatch: pytest.MonkeyPatch) -> None:
    keep = inbox.keep

    def forgetful(company_id: int, job_id: int, results: Sequence[object], at: Any) -> inbox.Kept:
        kept = [raw for raw in results if not (isinstance(raw, dict) and raw["order_id"] % 17 == 0)]
        return keep(company_id, job_id, kept, at)

    monkeypatch.setattr(inbox, "keep", forgetful)
    assert run(3).lost > 0


# How pages are laid over each other


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 98, 500, 9_999])
def test_pages_overlap_and_reach_the_end(count: int) -> None:
    page, asked = (1, order_list.FIRST_SIZE), 1
    while page[0] * page[1] < count:
        following = order_list._next(*page, plain=False)
        begin, end = (following[0] - 1) * following[1], following[0] * following[1]
        assert begin < page[0] * page[1] < end
        assert 1 <= following[1] <= order_list.PAGE_SIZE
        page, asked = following, asked + 1
    assert asked <= 1.3 * count / order_list.PAGE_SIZE + 2


def moving(monkeypatch: pytest.MonkeyPatch, leaves: dict[int, int], count: int = 300) -> list[tuple[int, int]]:
    """Let the order list have `count` orders; before answer n, `leaves[n]` of the oldest go and as many new ones come.

    Returns the requested pages and sizes.
    """
    ids = list(range(1, count + 1))
    asked: list[tuple[int, int]] = []

    async def orders(self: BackMarket, *, page: int, page_size: int, **_: object) -> OrdersPage:
        asked.append((page, page_size))
        gone = leaves.get(len(asked), 0)
        del ids[:gone]
        ids.extend(range(ids[-1] + 1, ids[-1] + 1 + gone))
        shown = ids[(page - 1) * page_size : page * page_size]
        results = tuple(raw_order(n, [raw_line(n)]) for n in shown)
        return OrdersPage(len(ids), page, results, not shown or page * page_size >= len(ids))

    monkeypatch.setattr(BackMarket, "orders", orders)
    monkeypatch.setattr(order_list, "PAGES_AT_ONCE", 1)
    monkeypatch.setattr(limits, "_INTERVAL_US", 0)
    return asked


def downloaded(desk: Desk) -> tuple[str, set[int]]:
    job_id = downloads.start(desk, None, "2000-01-01", max_failures=3)
    work(desk)
    return jobs.show(desk, job_id).status, {row.order_id for row in Order.select(Order.order_id)}


@pytest.mark.parametrize("gone", [1, 2, 20, 60, 120])
@pytest.mark.parametrize("before", [2, 4, 7])
def test_orders_that_slip_while_the_count_stays_are_found_by_stepping_back(
    offline: Desk, monkeypatch: pytest.MonkeyPatch, gone: int, before: int
) -> None:
    asked = moving(monkeypatch, {before: gone})
    status, here = downloaded(offline)
    assert status == "completed"
    assert set(range(gone + 1, 301 + gone)) <= here
    # A step back, not the whole list once more.
    assert asked.count((1, order_list.FIRST_SIZE)) == 1


def test_unchanging_list_is_read_once(offline: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = moving(monkeypatch, {})
    assert downloaded(offline) == ("completed", set(range(1, 301)))
    assert len(asked) == len(set(asked)) <= 8


def test_download_of_an_ever_moving_list_ends_as_incomplete(offline: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = moving(monkeypatch, dict.fromkeys(range(1, 2000), 60), 120)
    monkeypatch.setattr(order_list, "MAX_STEPS_BACK", share(6, order_list.MAX_STEPS_BACK))
    assert downloaded(offline)[0] == "partial_success"
    steps_back = order_list.MAX_STEPS_BACK + 10
    assert len(asked) < order_list.MAX_READINGS * (steps_back * 2 + 10)


def test_drift_command_is_at_the_path_in_its_docstring() -> None:
    import drift

    root = Path(__file__).parents[2]
    assert f"python {Path(drift.__file__).relative_to(root)}" in (drift.__doc__ or "")
