"""Order download from lists that move while they are read: no order is lost, or the job says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from downloaded import children, complete, here
from helpers import download, raw_line, raw_order, work, work_through

from bmtui.channel.client import BackMarket, OrdersPage
from bmtui.channel.reading import read_modified_at
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.sync import schedule
from bmtui.errors import ServerFailed
from bmtui.queue import limits
from bmtui.sandbox.server import SandboxServer
from bmtui.workers.sync import order_list

pytestmark = pytest.mark.usefixtures("no_rest")


def pages_by(monkeypatch: pytest.MonkeyPatch, answer: Callable[[int, int], tuple[int, list[int]]]) -> list[int]:
    """Let the order list answer `answer(reading, page)`: its count, and the ids on it. Returns the pages asked for."""
    asked: list[int] = []

    async def orders(self: BackMarket, *, page: int, **_: object) -> OrdersPage:
        asked.append(page)
        count, ids = answer(asked.count(1), page)
        results = tuple(raw_order(n, [raw_line(n)]) for n in ids)
        return OrdersPage(count, page, results, not ids or (page - 1) * 50 + len(ids) >= count)

    monkeypatch.setattr(BackMarket, "orders", orders)
    return asked


def slice_of(ids: list[int], page: int) -> list[int]:
    return ids[(page - 1) * 50 : page * 50]


def test_an_order_that_slips_between_pages_is_found_by_another_reading(
    shop: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = list(range(1, 121))

    def answer(reading: int, page: int) -> tuple[int, list[int]]:
        ids = slice_of(everything, page)
        return 120, [n for n in ids if n != 51] if reading == 1 else ids

    asked = pages_by(monkeypatch, answer)
    job_id = download(shop)
    assert jobs.show(shop, job_id).status == "completed"
    assert here() == set(everything)
    assert asked == [1, 2, 3, 1, 2, 3]


def test_orders_of_an_earlier_reading_do_not_replace_a_missing_one(shop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove order 10; the second reading misses 51 too, and only with 10 has as many orders as the channel counts."""
    without = [n for n in range(1, 121) if n != 10]

    def answer(reading: int, page: int) -> tuple[int, list[int]]:
        if reading == 1:
            return (120, list(range(1, 51))) if page == 1 else (119, slice_of(without, page))
        ids = slice_of(without, page)
        return 119, [n for n in ids if n != 51] if reading == 2 else ids

    asked = pages_by(monkeypatch, answer)
    job_id = download(shop)
    assert here() == set(range(1, 121))
    assert (jobs.show(shop, job_id).status, asked.count(1)) == ("completed", 3)


def test_a_list_that_moves_in_every_reading_is_not_called_complete(shop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(reading: int, page: int) -> tuple[int, list[int]]:
        ids = list(range(1, 121 - 2 * reading + (page == 1)))
        return len(ids), slice_of(ids, page)

    pages_by(monkeypatch, answer)
    view = jobs.show(shop, download(shop))
    assert (view.status, view.error_kind) == ("partial_success", "PartlyDone")
    assert "may be missing" in view.error


@pytest.mark.parametrize("lasts", [False, True], ids=["once", "lasting"])
def test_answer_404_in_the_middle_of_a_list_is_no_end(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch, lasts: bool
) -> None:
    orders = BackMarket.orders
    gone: list[int] = []

    async def past_the_end(self: BackMarket, *, page: int, **more: Any) -> OrdersPage:
        if page == 2 and (lasts or not gone):
            gone.append(page)
            # As the client gives a 404 on a later page, when the first one answers.
            return replace(await orders(self, page=99, **more), page=page)
        return await orders(self, page=page, **more)

    monkeypatch.setattr(BackMarket, "orders", past_the_end)
    monkeypatch.setattr(order_list, "MAX_READINGS", 2)
    monkeypatch.setattr(order_list, "MAX_STEPS_BACK", 3)
    monkeypatch.setattr(limits, "_INTERVAL_US", 0)
    job_id = download(shop)
    if lasts:
        assert (jobs.show(shop, job_id).status, jobs.show(shop, job_id).error_kind) == ("partial_success", "PartlyDone")
    else:
        complete(shop, marketplace, job_id)
    assert gone


def test_order_that_leaves_the_list_hides_no_other_order(shop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide order 10 after the first page: 51 moves to a page that was read, and the count is reached without it."""
    everything = list(range(1, 121))
    without = [n for n in everything if n != 10]

    def answer(reading: int, page: int) -> tuple[int, list[int]]:
        ids = everything if reading == 1 and page == 1 else without
        return len(ids), slice_of(ids, page)

    pages_by(monkeypatch, answer)
    job_id = download(shop)
    assert here() == set(everything)
    assert jobs.show(shop, job_id).status == "completed"
    assert any("shorter" in log.message for log in jobs.logs(shop, job_id))


def test_too_high_count_with_two_equal_readings_is_complete_with_a_note(
    shop: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = pages_by(monkeypatch, lambda reading, page: (60, slice_of(list(range(1, 56)), page)))
    job_id = download(shop)
    view = jobs.show(shop, job_id)
    assert (view.status, view.error) == ("completed", "")
    note = "Back Market counts 60 orders, and two readings brought the same 55: the count is wrong."
    assert view.output["note"] == note
    assert note in [log.message for log in jobs.logs(shop, job_id)]
    assert (children(shop, job_id), len(here()), asked.count(1)) == (["completed"], 55, 2)


def test_too_high_count_is_read_until_two_readings_agree(shop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = list(range(1, 121))

    def answer(reading: int, page: int) -> tuple[int, list[int]]:
        missing = {2: 51, 3: 52}.get(reading)
        return 125, [n for n in slice_of(everything, page) if n != missing]

    asked = pages_by(monkeypatch, answer)
    view = jobs.show(shop, download(shop))
    assert (view.status, asked.count(1), len(here())) == ("completed", 5, 120)


def test_changing_list_that_never_reaches_its_count_is_reported(shop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = pages_by(monkeypatch, lambda reading, page: (60, slice_of(list(range(reading, 55 + reading)), page)))
    job_id = download(shop)
    view = jobs.show(shop, job_id)
    assert (view.status, view.error_kind) == ("partial_success", "PartlyDone")
    assert "counts 60 orders, but only 59 were received in 5 readings" in view.error
    assert (children(shop, job_id), len(here())) == (["completed"], 59)
    assert asked.count(1) == order_list.MAX_READINGS
    # A retry reads from the beginning again.
    pages_by(monkeypatch, lambda reading, page: (60, slice_of(list(range(1, 61)), page)))
    jobs.retry(shop, job_id)
    work(shop)
    assert (jobs.show(shop, job_id).status, len(here())) == ("completed", 60)


def test_download_gives_up_on_an_endless_list(shop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def orders(self: BackMarket, *, page: int, **_: object) -> OrdersPage:
        return OrdersPage(5, page, tuple(raw_order(n, [raw_line(n)]) for n in range(1, 6)), False)

    monkeypatch.setattr(BackMarket, "orders", orders)
    monkeypatch.setattr(limits, "_INTERVAL_US", 0)
    job_id = download(shop)
    assert (jobs.show(shop, job_id).status, len(here())) == ("completed", 5)
    assert any("still no end" in log.message for log in jobs.logs(shop, job_id))


def test_orders_created_during_a_download_are_downloaded_too(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = BackMarket.orders
    fresh: list[int] = []

    async def and_more(self: BackMarket, *, page: int, **more: Any) -> OrdersPage:
        answer = await orders(self, page=page, **more)
        if len(fresh) < 4:
            fresh.extend(marketplace.marketplace.add_orders(2))
        return answer

    monkeypatch.setattr(BackMarket, "orders", and_more)
    # Else the last page may have been answered before the others come.
    monkeypatch.setattr(order_list, "PAGES_AT_ONCE", 1)
    complete(shop, marketplace, download(shop))
    assert set(fresh) <= here()


# What changed while the list was read


def moves(
    monkeypatch: pytest.MonkeyPatch, behind: Callable[[int, datetime | None, OrdersPage], OrdersPage]
) -> list[tuple[int, bool]]:
    """Let `behind` be called with each answer of the list, to move it on; return pages, and if of changes only."""
    orders, asked = BackMarket.orders, list[tuple[int, bool]]()

    async def and_move(
        self: BackMarket, *, page: int, modified_since: datetime | None = None, **more: Any
    ) -> OrdersPage:
        answer = await orders(self, page=page, modified_since=modified_since, **more)
        asked.append((page, modified_since is not None))
        return behind(page, modified_since, answer)

    monkeypatch.setattr(BackMarket, "orders", and_move)
    monkeypatch.setattr(order_list, "PAGES_AT_ONCE", 1)
    return asked


def read_again(desk: Desk, job_id: int) -> bool:
    return any("list again" in log.message for log in jobs.logs(desk, job_id))


def test_list_that_grew_meanwhile_is_caught_up_with_and_not_read_again(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages go newest first: what comes during the reading comes before its place."""

    fresh: list[int] = []
    listed, changed_since = list[datetime](), list[datetime]()

    def behind(page: int, since: datetime | None, answer: OrdersPage) -> OrdersPage:
        if len(fresh) < 4:
            fresh.extend(marketplace.marketplace.add_orders(2))
        if since is not None:
            changed_since.append(since)
        elif not changed_since:
            listed.extend(at for raw in answer.results if (at := read_modified_at(raw)) is not None)
        return answer

    asked = moves(monkeypatch, behind)
    job_id = download(shop)
    complete(shop, marketplace, job_id)
    # From before the reading began, as a sync does.
    assert all(since <= max(listed) - schedule.OVERLAP for since in changed_since)
    assert not read_again(shop, job_id)
    # One reading, one page of changes, and the count once more.
    assert asked[-2:] == [(1, True), (1, False)]
    assert [page for page, changes in asked[:-2] if not changes] == list(range(1, len(asked) - 1))


def test_order_that_comes_after_the_last_page_does_not_stand_in_for_a_missing_one(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing: list[object] = []

    def behind(page: int, since: datetime | None, answer: OrdersPage) -> OrdersPage:
        if since is None and page == 2 and not missing:
            missing.append(answer.results[20])
            return replace(answer, results=(*answer.results[:20], *answer.results[21:]))
        if since is None and answer.last and len(missing) == 1:
            missing.append("came")
            marketplace.marketplace.add_orders(1)
        return answer

    moves(monkeypatch, behind)
    job_id = download(shop)
    complete(shop, marketplace, job_id)
    assert (len(missing), read_again(shop, job_id)) == (2, True)


def test_catch_up_that_failed_goes_on_behind_the_last_page(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[int] = []

    def behind(page: int, since: datetime | None, answer: OrdersPage) -> OrdersPage:
        if since is None and page == 1 and not failed:
            marketplace.marketplace.add_orders(3)
        if since is not None and not failed:
            failed.append(page)
            raise ServerFailed("The channel failed.")
        return answer

    asked = moves(monkeypatch, behind)
    job_id = download(shop)
    work_through(shop)
    complete(shop, marketplace, job_id)
    assert failed
    # The first page is asked for at the beginning, and for the count at the end.
    assert asked.count((1, False)) == 2


def test_too_high_count_of_a_list_that_grows_is_found_out_by_two_readings(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def behind(page: int, since: datetime | None, answer: OrdersPage) -> OrdersPage:
        if since is None and page == 2:
            marketplace.marketplace.add_orders(1)
        return replace(answer, count=answer.count + 5, last=not answer.results)

    asked = moves(monkeypatch, behind)
    job_id = download(shop)
    complete(shop, marketplace, job_id)
    assert "the count is wrong" in jobs.show(shop, job_id).output["note"]
    assert asked.count((2, False)) == 2
