"""Orders by number: fetched if stored or not, and reported when the channel does not return them."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import COMPANY, here_orders, order_of, work, work_through

from bmtui.channel.client import BackMarket
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import JobView
from bmtui.desk.jobs import jobs
from bmtui.desk.sync import download as downloads
from bmtui.errors import ConfigError, NotFound, Refused, RuleRefused
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.words import JobType

pytestmark = pytest.mark.usefixtures("no_rest")

UNKNOWN = 4_711


@pytest.fixture
def numbers(marketplace: SandboxServer) -> list[int]:
    return [order["order_id"] for order in marketplace.marketplace.all_orders() if order["state"] == 9][:4]


def fetched(desk: Desk, *order_ids: int) -> JobView:
    job_id = downloads.fetch(desk, None, order_ids)
    work_through(desk)
    return jobs.show(desk, job_id)


def test_orders_that_are_fetched_by_number_are_here_and_no_others(shop: Desk, numbers: list[int]) -> None:
    view = fetched(shop, *numbers)
    assert (view.status, view.output["fetched"], view.processed) == ("completed", 4, 4)
    assert here_orders() == set(numbers)


def test_order_that_is_here_is_read_again_now(shop: Desk, marketplace: SandboxServer, numbers: list[int]) -> None:
    fetched(shop, numbers[0])
    marketplace.marketplace.state.orders[numbers[0]].payload["tracking_number"] = "NEW-1"
    downloads.refetch(shop, [numbers[0]])
    work(shop)
    assert order_of(numbers[0]).tracking_number == "NEW-1"


def test_order_number_unknown_to_the_channel_is_reported(shop: Desk) -> None:
    view = fetched(shop, UNKNOWN)
    assert (view.status, view.error_kind) == ("failed", NotFound.__name__)
    assert view.error == f"Back Market does not give order {UNKNOWN}."
    assert here_orders() == set()


def test_unknown_or_refused_order_does_not_keep_the_others_from_being_fetched_and_a_retry_asks_for_all(
    shop: Desk, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    order, asked = BackMarket.order, list[int]()

    async def refuse_at_first(self: BackMarket, order_id: int) -> Any:
        asked.append(order_id)
        if order_id == numbers[0] and asked.count(order_id) == 1:
            raise Refused("Not that one.")
        return await order(self, order_id)

    monkeypatch.setattr(BackMarket, "order", refuse_at_first)
    view = fetched(shop, UNKNOWN, *numbers)
    assert (view.status, view.error_kind, view.failed) == ("partial_success", "PartlyDone", 2)
    assert here_orders() == set(numbers[1:])
    jobs.retry(shop, view.job_id)
    work_through(shop)
    assert jobs.show(shop, view.job_id).output["fetched"] == 4
    assert here_orders() == set(numbers)
    assert asked == sorted([UNKNOWN, *numbers]) * 2


def test_fetch_that_was_broken_off_goes_on_where_it_stopped(
    shop: Desk, marketplace: SandboxServer, numbers: list[int]
) -> None:
    marketplace.faults.rules = [Rule("error-500", f"/ws/orders/{sorted(numbers)[2]}", count=1)]
    before = len(marketplace.marketplace.all_orders())
    view = fetched(shop, *numbers)
    assert (view.status, view.output["fetched"], view.attempts) == ("completed", 4, 2)
    assert here_orders() == set(numbers)
    assert len(marketplace.marketplace.all_orders()) == before


def test_same_orders_asked_for_twice_are_one_job(shop: Desk, numbers: list[int]) -> None:
    assert downloads.fetch(shop, None, numbers) == downloads.fetch(shop, None, numbers[::-1])
    assert downloads.fetch(shop, None, numbers[:1]) != downloads.fetch(shop, None, numbers[1:])


def test_fetch_by_number_that_is_not_allowed_or_empty_is_refused(shop: Desk, numbers: list[int]) -> None:
    for wrong in (range(0), range(1, downloads.MOST_BY_NUMBER + 2)):
        with pytest.raises(ConfigError, match="can be fetched by their numbers"):
            downloads.fetch(shop, None, wrong)
    with pytest.raises(NotFound, match=f"orders download --order {numbers[0]}"):
        downloads.refetch(shop, numbers)
    companies.change(shop, None, {"allow_order_download": "false"})
    with pytest.raises(RuleRefused, match="Allow Order Download is off"):
        downloads.fetch(shop, COMPANY, numbers)
    assert jobs.listing(shop, type_=JobType.ORDER_DOWNLOAD) == ()
