"""After-sales folders over HTTP: downloaded whole, and RMAs made of them (API §9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from care_case import SAV, Case, download, there
from helpers import kill_worker, let_time_pass, work, work_through

from bmtui.desk.after_sales import folder_store
from bmtui.desk.after_sales import folders as care
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.rma import ReturnRequest
from bmtui.errors import NotFound, RuleRefused
from bmtui.queue import limits
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import CareFolder, CareMark, DailyBudget, Job
from bmtui.workers import company_channel
from bmtui.workers.returns import return_label

pytestmark = pytest.mark.usefixtures("no_rest")


@pytest.fixture
def inbox(shop: Desk) -> Desk:
    """A desk that has downloaded every folder."""
    download(shop)
    return shop


# Downloading


def test_folders_are_downloaded_whole_and_not_read_a_second_time(shop: Desk, marketplace: SandboxServer) -> None:
    # The first download looks back 60 days, and lists all that is open.
    companies.change(shop, None, {"look_back_days": "3650"})
    first = download(shop)
    folders = there(marketplace)
    assert (first.status, first.output["listed"], first.output["read"]) == ("completed", len(folders), len(folders))
    for row in CareFolder.select():
        theirs = folders[row.folder_id]
        assert row.payload["messages"] == theirs["messages"]
        assert (row.order_id, row.line_id) == (theirs["orderline"]["order"]["order_id"], theirs["orderline"]["id"])
        assert row.error == ""
    second = download(shop)
    assert second.output["read"] == 0
    assert second.output["listed"] < first.output["listed"]


def test_orders_of_folders_that_are_not_here_are_fetched(shop: Desk, marketplace: SandboxServer) -> None:
    case = Case(shop, marketplace)
    order_id = case.view.row.order_id
    assert order_id is not None
    assert not case.view.row.order_here
    CareFolder.delete().execute()
    download(shop)
    work_through(shop)
    assert case.view.row.order_here
    asked = {number for job in jobs.listing(shop, type_="order_download") for number in job.parameters["orders"]}
    assert order_id in asked
    assert asked == {folder.order_id for folder in CareFolder.select()}
    before = Job.select().where(Job.type == "order_download").count()
    download(shop)
    assert Job.select().where(Job.type == "order_download").count() == before


def test_orders_of_folders_are_not_fetched_while_downloads_are_off(shop: Desk, marketplace: SandboxServer) -> None:
    companies.change(shop, None, {"allow_order_download": "false"})
    assert download(shop).status == "completed"
    assert jobs.listing(shop, type_="order_download") == ()


def test_only_changed_folders_are_read_again(inbox: Desk, marketplace: SandboxServer) -> None:
    case = Case(inbox, marketplace)
    with marketplace.marketplace.state.lock:
        marketplace.marketplace.care.customer_writes(case.folder_id)
    before = len(case.view.messages)
    assert download(inbox).output["read"] == 1
    assert len(case.view.messages) == before + 1


def test_the_watermark_is_the_channels_time_and_looks_back_a_day(inbox: Desk) -> None:
    company = CareMark.get().company
    newest = max(row.modified_at for row in CareFolder.select())
    assert folder_store.modified_since(inbox, company) == newest - timedelta(days=1)
    folder_store.move(inbox, company.id, newest - timedelta(days=9), False)
    assert folder_store.modified_since(inbox, company) == newest - timedelta(days=1)
    folder_store.move(inbox, company.id, inbox.now() + timedelta(days=900), False)
    assert folder_store.modified_since(inbox, company) <= inbox.now()


def test_folder_download_that_failed_goes_on(shop: Desk, marketplace: SandboxServer) -> None:
    marketplace.faults.rules = [
        Rule("error-500", SAV, "GET", count=1),
        Rule("truncated", f"{SAV}/*", "GET", count=1),
        Rule("throttle", SAV, "GET", count=1),
    ]
    job_id = folder_store.start(shop, None)
    work_through(shop)
    assert jobs.show(shop, job_id).status == "completed"
    open_ones = {number for number, folder in there(marketplace).items() if folder["state"] == 0}
    assert open_ones <= {row.folder_id for row in CareFolder.select()}


@pytest.mark.sqlite_only
def test_folder_download_of_a_killed_worker_goes_on_and_stores_no_folder_twice(
    shop: Desk, marketplace: SandboxServer
) -> None:
    job_id = folder_store.start(shop, None)
    kill_worker(
        shop,
        """
from bmtui.desk.after_sales import folder_store as care_store
keep, kept = care_store.keep, []
def keep_and_stand(*args):
    kept.append(1)
    if len(kept) == 3:
        here()
    return keep(*args)
care_store.keep = keep_and_stand
""",
    )
    assert CareFolder.select().count() == 2
    work(shop)
    assert jobs.show(shop, job_id).status == "completed"
    ids = [row.folder_id for row in CareFolder.select()]
    assert len(ids) == len(set(ids)) > 2


def test_unreadable_folder_is_kept_and_reported(shop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    company = companies.show(shop)
    with shop.store.transaction():
        row = shop.company_row(company.name)
        raw = {"id": 7, "state": "open?", "messages": "\x1b[2J"}
        assert "state" in folder_store.keep(shop, row.id, 7, raw, "digest")
        assert folder_store.changed(row.id, {7: raw}) == [7]
    (found,) = care.listing(shop, "state:all")
    assert (found.state, found.folder_id) == ("unreadable", 7)
    assert care.show(shop, 7).messages == ()
    assert folder_store.keep(shop, row.id, 7, {"id": 7, "state": 0}) == ""
    assert care.show(shop, 7).row.state == "open"


def test_due_folder_downloads_are_queued_once(shop: Desk) -> None:
    companies.change(shop, None, {"care_interval_min": "5"})
    folder_store.submit_due(shop)
    assert not Job.select().where(Job.type == "after_sales_download").exists()
    CareMark.delete().execute()
    download(shop)
    CareMark.update(begun_at=shop.now() - timedelta(minutes=6)).execute()
    folder_store.submit_due(shop)
    folder_store.submit_due(shop)
    live = Job.select().where((Job.type == "after_sales_download") & (Job.status == "submitted"))
    assert live.count() == 1
    companies.change(shop, None, {"care_interval_min": "0"})
    CareMark.update(begun_at=shop.now() - timedelta(days=6)).execute()
    work_through(shop)
    folder_store.submit_due(shop)
    assert live.count() == 0


@pytest.mark.sqlite_only
def test_folder_download_keeps_the_limits_of_the_channel(shop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    clock_us = 0
    made: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(limits, "now_us", lambda: clock_us)
        while len(made) < 1200:
            wait_s = limits.pace(shop.store, "after-sales lists here", 520, 3.0)
            clock_us += int(abs(wait_s) * 1e6)
            made += [clock_us] if wait_s >= 0 else []
    assert min(later - first for first, later in zip(made, made[520:], strict=False)) >= 60_000_000
    assert made[-1] < 150_000_000
    monkeypatch.setattr(company_channel, "CARE_LIST", company_channel.Pace("after-sales lists", 520, 2))
    monkeypatch.setattr(
        "bmtui.workers.after_sales.download_folders.CARE_LIST", company_channel.Pace("after-sales lists", 520, 2)
    )
    job_id = folder_store.start(shop, None)
    work(shop)
    view = jobs.show(shop, job_id)
    assert view.status == "submitted"
    assert "2 after-sales lists that Back Market accepts in a day" in view.error
    assert DailyBudget.get(DailyBudget.name.startswith("after-sales lists")).spent == 2


# RMA


def test_rma_from_a_folder_gets_its_line_text_and_label(stocked: Desk, marketplace: SandboxServer) -> None:
    download(stocked)
    labelled = [
        folder
        for folder in there(marketplace).values()
        if folder["lines"][0]["return_labels"] and folder["state"] == 0 and folder["orderline"]["state"] in (3, 6)
    ]
    backship = {order["order_id"] for order in marketplace.marketplace.all_orders() if order["is_backship"]}
    for wanted in (True, False):
        raw = next(one for one in labelled if (one["orderline"]["order"]["order_id"] in backship) is wanted)
        folder_id, order_id = raw["id"], raw["orderline"]["order"]["order_id"]
        assert returns.order_of_folder(stocked, folder_id) == order_id
        view = returns.create(stocked, order_id, ReturnRequest(folder_id=folder_id))
        (item,) = view.items
        assert (item.line_id, view.row.folder_id) == (raw["orderline"]["id"], folder_id)
        assert view.description
        assert view.label_url == raw["lines"][0]["return_labels"][0]["label"]
        assert care.show(stocked, folder_id).row.rma_ids == (view.row.rma_id,)
        with pytest.raises(RuleRefused, match="has RMA"):
            returns.create(stocked, order_id, ReturnRequest(folder_id=folder_id))
        labelled_view = run(return_label.fetch(stocked, view.row.rma_id))
        (document,) = labelled_view.documents
        name, content = return_actions.read_document(stocked, view.row.rma_id, document.document_id)
        assert content.startswith(b"%PDF-")
        assert name == f"return-label-{view.row.rma_id}.pdf"
        assert bool(labelled_view.tracking_number) is wanted
        let_time_pass(stocked)


def test_rma_from_a_folder_without_a_label_says_so(stocked: Desk, marketplace: SandboxServer) -> None:
    raw = next(
        order
        for order in marketplace.marketplace.all_orders()
        if not order["is_backship"] and [line["state"] for line in order["orderlines"]] == [3]
    )
    rma = returns.create(stocked, raw["order_id"], ReturnRequest(reason="Other")).row.rma_id
    with pytest.raises(NotFound, match="no return label"):
        run(return_label.fetch(stocked, rma))


def run(work_to_do: Any) -> Any:
    import asyncio

    return asyncio.run(work_to_do)
