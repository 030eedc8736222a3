"""Orders that cannot be read: kept to the letter, shown to people, and tried again after an upgrade."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from helpers import COMPANY, add_company, here_orders, raw_line, raw_order, take_in, work

from bmtui.channel.model import ChannelOrder
from bmtui.channel.reading import read_order
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.operations import doctor
from bmtui.desk.operations.host_checks import Finding
from bmtui.desk.sync import download as downloads
from bmtui.desk.sync import inbox, ingest, quarantine
from bmtui.errors import NotUnderstood
from bmtui.queue import jobs as queue
from bmtui.queue import limits
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Company, Inbox
from bmtui.words import JobType


def finding(desk: Desk, topic: str) -> Finding:
    (found,) = [one for one in asyncio.run(doctor.examine(desk)) if one.topic == topic]
    return found


@pytest.mark.sqlite_only
def test_order_is_known_by_its_number_and_without_one_by_its_text() -> None:
    assert [inbox.key({"order_id": number}) for number in (5, "5")] == [5, 5]
    odd: tuple[object, ...] = (
        {"order_id": None},
        {"order_id": True},
        {"order_id": "5" * 19},
        {"order_id": 0},
        [],
        None,
    )
    for nameless in odd:
        digest = str(inbox.key(nameless))
        assert len(digest) == 64
        assert inbox.key({"order_id": "x"}) != digest == inbox.key(nameless)


def test_comparison_of_a_page_tells_each_order_and_stores_none(offline: Desk) -> None:
    add_company(offline, "Other")
    raws = {number: raw_order(number, [raw_line(number)]) for number in (1, 2, 3)}
    take_in(offline, raws[1], raws[2], company=COMPANY)
    take_in(offline, raws[3], company="Other")
    page: list[object] = [raws[1], raws[2] | {"state": 3}, raws[3], {"order_id": 4}, None, []]
    found = inbox.compare(Company.get(Company.name == COMPANY).id, page)
    assert [found[number] for number in (1, 2, 3, 4)] == ["unchanged", "changed", "new", "unreadable"]
    # Each without a number is one of its own.
    assert list(found.values()).count("unreadable") == 3
    assert Inbox.select().count() == 3


def test_unreadable_order_is_named_kept_and_read_after_an_upgrade(shop: Desk, marketplace: SandboxServer) -> None:
    strange = next(order for order in marketplace.marketplace.all_orders() if order["state"] == 9)["order_id"]
    read = read_order

    def older_release(raw: Any) -> ChannelOrder:
        if raw["order_id"] == strange:
            raise NotUnderstood("A field is of a new kind.", path="orderlines[0].x")
        return read(raw)

    with pytest.MonkeyPatch.context() as before:
        before.setattr(ingest, "read_order", older_release)
        download = downloads.start(shop, None, "2000-01-01")
        work(shop)
    (child,) = jobs.children(shop, download)
    assert (child.status, child.failed) == ("partial_success", 1)
    assert strange not in here_orders()
    # Named by both jobs and by the doctor, with its text.
    for job_id in (download, child.job_id):
        (row,) = quarantine.listing(shop, job_id=job_id)
        assert (row.order_id, row.company) == (strange, "Shop")
        assert "new kind" in row.error
        assert json.loads(row.payload) == json.loads(json.dumps(marketplace.marketplace.order(strange)))
    bad = finding(shop, "quarantine")
    assert not bad.ok
    assert str(strange) in bad.message
    # Retried by a release that still cannot read it, it stays.
    jobs.retry(shop, child.job_id)
    with pytest.MonkeyPatch.context() as before:
        before.setattr(ingest, "read_order", older_release)
        work(shop)
    assert [row.order_id for row in quarantine.listing(shop)] == [strange]
    assert jobs.show(shop, child.job_id).output["skipped"] == 1
    # After the upgrade it is an order like the others.
    jobs.retry(shop, child.job_id)
    work(shop)
    assert jobs.show(shop, child.job_id).status == "completed"
    assert strange in here_orders()
    assert quarantine.listing(shop) == ()
    assert finding(shop, "quarantine").ok


def test_quarantined_orders_that_come_again_unchanged_are_tried_again(shop: Desk, marketplace: SandboxServer) -> None:
    with pytest.MonkeyPatch.context() as before:

        def nothing(raw: Any) -> ChannelOrder:
            raise NotUnderstood("Nothing can be read.")

        before.setattr(ingest, "read_order", nothing)
        downloads.start(shop, None, "2000-01-01")
        work(shop)
    assert here_orders() == set()
    kept = Inbox.select().count()
    assert (len(quarantine.listing(shop)), kept) == (kept, kept)
    downloads.start(shop, None, "2000-01-01")
    work(shop)
    assert len(here_orders()) == kept
    assert quarantine.listing(shop) == ()


def test_only_the_company_in_view_is_shown_and_released(offline: Desk) -> None:
    add_company(offline, "Second")
    with offline.store.transaction():
        for company in Company.select():
            job = queue.submit(offline.store, JobType.ORDER_CREATION, by="test", company_id=company.id)
            Inbox.create(
                company=company,
                order_id=None,
                payload="[]",
                digest=company.name,
                fetched_at=offline.now(),
                job=job,
                state="quarantined",
                error="It is a list.",
            )
    assert {row.company for row in quarantine.listing(offline)} == {"Shop", "Second"}
    seen = offline.of_company("Second")
    assert [row.company for row in quarantine.listing(seen)] == ["Second"]
    assert "(no id)" in finding(offline, "quarantine").message
    assert quarantine.release(Company.get(Company.name == "Second").id) == 1
    assert [row.company for row in quarantine.listing(offline)] == ["Shop"]


# The doctor


def test_doctor_finds_a_hold_a_dead_channel_and_jobs_without_a_worker(offline: Desk) -> None:
    assert finding(offline, "limits").ok
    assert finding(offline, "workers").ok
    limits.hold(offline.store, Company.get().base_url, 60, "Blocked (cf-ray 8f).")
    downloads.start(offline, None, "1d")
    topics = {one.topic: one for one in asyncio.run(doctor.examine(offline))}
    assert not topics["limits"].ok
    assert "cf-ray 8f" in topics["limits"].message
    assert not topics["workers"].ok
    assert not topics["channel Shop"].ok
    assert all(one.advice for one in topics.values() if not one.ok)


def test_rate_limit_hold_is_shown_on_the_waiting_jobs(offline: Desk) -> None:
    job_id = downloads.start(offline, None, "1d")
    assert jobs.show(offline, job_id).held_until is None
    limits.hold(offline.store, Company.get().base_url, 60, "Too fast.")
    view = jobs.show(offline, job_id)
    hold = jobs.held(offline)
    assert hold is not None
    assert (view.held_until, view.held_because) == (hold.until, "Too fast.")
    jobs.cancel(offline, job_id)
    assert jobs.show(offline, job_id).held_until is None


def test_released_quarantine_is_that_of_the_company_alone_and_what_was_read_stays_done(offline: Desk) -> None:
    add_company(offline, "Other")
    for company in (COMPANY, "Other"):
        take_in(offline.of_company(company), raw_order(1, [raw_line(1)]), {"order_id": 2, "state": "nonsense"})
    assert quarantine.release(Company.get(Company.name == "Other").id) == 1
    found = {(row.company.name, row.order_id): row.state for row in Inbox.select()}
    assert found == {
        **{(COMPANY, 1): "done", (COMPANY, 2): "quarantined"},
        **{("Other", 1): "done", ("Other", 2): "waiting"},
    }
