"""Invoices by jobs: made one after the other, wherever a worker dies; uploaded once, and confirmed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from helpers import COMPANY, kill_worker, of_marketplace, order_of, take_in, work, work_through
from invoice_shop import SELLER, open_shop, sold

from bmtui.desk.companies import shadow
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import JobView
from bmtui.desk.invoicing import files as invoice_files
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import jobs as invoice_jobs
from bmtui.desk.invoicing import search as invoice_search
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.jobs import jobs
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import NotFound, RuleRefused
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Effect, Invoice, Job, Order, Pause
from bmtui.words import JobType


@pytest.fixture
def counter(offline: Desk) -> Desk:
    return open_shop(offline, sold(1), sold(2), sold(3))


@pytest.fixture
def connected(stocked: Desk) -> Desk:
    """A desk on the marketplace, with settings; what it sends leaves at once."""
    invoice_settings.change(stocked, None, "", SELLER)
    return replace(stocked, undo=False)


def job_of(desk: Desk, type_: JobType) -> JobView:
    return jobs.listing(desk, type_=type_)[0]


def test_invoice_job_makes_its_invoices_and_names_those_it_could_not(counter: Desk) -> None:
    take_in(counter, sold(4, shipping_address={}, billing_address={}))
    (job_id,) = invoice_jobs.make(counter, [1, 4, 2])
    work(counter)
    view = jobs.show(counter, job_id)
    assert (view.status, view.processed, view.succeeded, view.failed) == ("partial_success", 3, 2, 1)
    assert "no buyer's" in view.error
    assert view.output == {"made": 2, "failed": 1}
    numbers = [row.number for row in Invoice.select().order_by(Invoice.id)]
    # Whatever year it is.
    assert [re.sub(r"-20\d\d-", "-YEAR-", number) for number in numbers] == ["FR-YEAR-00001", "FR-YEAR-00002"]
    assert all(row.pdf_hash for row in Invoice.select())
    log = [row.message for row in jobs.logs(counter, job_id)]
    assert any(f"{numbers[0]} of order 1" in text for text in log)
    assert [order_id for order_id, _ in jobs.orders_of(counter, job_id)] == [1, 2]


def test_invoice_job_that_made_no_invoice_has_failed(counter: Desk) -> None:
    invoicing.make(counter, 1)
    (job_id,) = invoice_jobs.make(counter, [1])
    work(counter)
    view = jobs.show(counter, job_id)
    assert (view.status, view.error_kind) == ("failed", "RuleRefused")
    assert "has invoice" in view.error


def test_invoice_job_for_an_unknown_order_is_not_queued(counter: Desk) -> None:
    with pytest.raises(NotFound):
        invoice_jobs.make(counter, [1, 404])
    assert not Job.select().where(Job.type == JobType.INVOICE).exists()


NUMBERED = """
from bmtui.desk.invoicing import issue as invoicing
def stand(drawing):
    here()
invoicing.draw = stand
"""
NUMBERING = """
from bmtui.desk.invoicing import issue as invoicing
from bmtui.queue import jobs
number, record = invoicing.number_invoice, jobs.record
def numbered(*args):
    made = number(*args)
    here()
    return made
invoicing.number_invoice = numbered
"""
SEALED = """
from bmtui.desk.invoicing import issue as invoicing
seal = invoicing.seal
def sealed(*args):
    made = seal(*args)
    here()
    return made
invoicing.seal = sealed
"""


@pytest.mark.parametrize("failpoint", [NUMBERED, NUMBERING, SEALED], ids=["numbered", "numbering", "sealed"])
def test_wherever_the_worker_dies_each_order_has_one_invoice_and_no_number_is_lost(
    counter: Desk, failpoint: str
) -> None:
    (job_id,) = invoice_jobs.make(counter, [1, 2, 3])
    kill_worker(counter, failpoint)
    work_through(counter)
    view = jobs.show(counter, job_id)
    assert (view.status, view.succeeded, view.failed) == ("completed", 3, 0)
    rows = list(Invoice.select().order_by(Invoice.sequence))
    assert [row.sequence for row in rows] == [1, 2, 3]
    assert {row.order.order_id for row in rows} == {1, 2, 3}
    assert invoice_files.verify(counter).findings == ()


def test_a_refund_s_credit_note_is_made_by_its_job(counter: Desk) -> None:
    invoice = invoicing.make(counter, 1)
    refunds.issue(counter, 1, RefundRequest(operation="issue_refund"))
    work(counter)
    (note,) = invoice_search.listing(counter, kind="credit_note")
    assert (note.corrects, note.gross.decimal) == (invoice.number, "105.00")
    assert job_of(counter, JobType.INVOICE).status == "completed"


def test_a_refund_that_back_market_confirmed_is_credited(connected: Desk, marketplace: SandboxServer) -> None:
    order_id = of_marketplace(marketplace, 3)["order_id"]
    made = invoicing.make(connected, order_id)
    refunds.issue(connected, order_id, RefundRequest())
    work_through(connected)
    (note,) = invoice_search.listing(connected, kind="credit_note")
    assert note.corrects == made.number
    assert note.gross <= made.gross


# Upload


def test_invoice_of_an_order_that_got_one_elsewhere_is_not_listed_as_unsent(counter: Desk) -> None:
    made, other = (invoicing.make(counter, order_id) for order_id in (1, 2))
    assert {view.number for view in invoice_search.unsent(counter)} == {made.number, other.number}
    Order.update(invoice_provided_at=counter.now()).where(Order.order_id == 1).execute()
    assert [view.number for view in invoice_search.unsent(counter)] == [other.number]


def test_an_invoice_is_uploaded_once_and_leaves_the_waiting_list(connected: Desk, marketplace: SandboxServer) -> None:
    waiting = invoice_search.waiting(connected)
    order_id = next(row.order.order_id for row in waiting if row.order.market == "fr-fr")
    made = invoicing.make(connected, order_id)
    seen = invoice_jobs.upload_preview(connected, made.number)
    assert (seen.order_id, seen.replaces) == (order_id, False)
    assert f"/ws/orders/{order_id}/invoice" in seen.request
    assert not (connected.settings.data / "documents").exists()
    job_id = invoice_jobs.send(connected, made.number)
    with pytest.raises(RuleRefused, match="on its way"):
        invoice_jobs.send(connected, made.number)
    assert invoice_search.show(connected, made.number).upload == "planned"
    work(connected)
    assert jobs.show(connected, job_id).status == "completed"
    shown = invoice_search.show(connected, made.number)
    assert shown.upload == "confirmed"
    assert shown.uploaded_at is not None
    there = marketplace.marketplace.invoices[order_id]
    assert there["sha256"] == made.pdf_hash
    assert len(invoice_search.waiting(connected)) == len(waiting) - 1
    assert order_of(order_id).invoice_provided_at is not None


def test_an_upload_whose_answer_was_lost_is_read_and_not_sent_again(
    connected: Desk, marketplace: SandboxServer, no_rest: None
) -> None:
    order_id = invoice_search.waiting(connected)[0].order.order_id
    made = invoicing.make(connected, order_id)
    marketplace.faults.rules = [Rule("drop-after", method="POST", count=1)]
    invoice_jobs.send(connected, made.number)
    work_through(connected)
    assert invoice_search.show(connected, made.number).upload == "confirmed"
    sent = [effect for effect in marketplace.marketplace.effects if effect["kind"] == "invoice"]
    assert len(sent) == 1


def test_invoice_file_changed_before_sending_is_not_sent(connected: Desk, marketplace: SandboxServer) -> None:
    order_id = invoice_search.waiting(connected)[0].order.order_id
    made = invoicing.make(connected, order_id)
    job_id = invoice_jobs.send(connected, made.number)
    (path,) = (connected.settings.data / "documents").rglob("*.pdf")
    path.write_bytes(b"%PDF-another")
    work(connected)
    assert jobs.show(connected, job_id).status == "failed"
    assert invoice_search.show(connected, made.number).upload == "rejected"
    assert order_id not in marketplace.marketplace.invoices


def test_invoice_is_listed_as_unsent_until_it_is_sent(connected: Desk) -> None:
    order_id = invoice_search.waiting(connected)[0].order.order_id
    made = invoicing.make(connected, order_id)
    assert [view.number for view in invoice_search.unsent(connected)] == [made.number]
    job_id = invoice_jobs.send(connected, made.number)
    assert invoice_search.unsent(connected) == ()
    jobs.cancel(connected, job_id)
    assert [view.upload for view in invoice_search.unsent(connected)] == ["withdrawn"]
    invoice_jobs.send(connected, made.number)
    work(connected)
    assert invoice_search.unsent(connected) == ()


def test_a_credit_note_is_not_uploaded(counter: Desk) -> None:
    invoicing.make(counter, 1)
    refunds.issue(counter, 1, RefundRequest(operation="issue_refund"))
    note = invoicing.credit(counter, 1)
    assert note is not None
    with pytest.raises(RuleRefused, match="replace the order's invoice"):
        invoice_jobs.send(counter, note.number)
    assert not Effect.select().exists()


def test_invoices_are_made_and_sent_by_one_job(connected: Desk, marketplace: SandboxServer) -> None:
    ids = [row.order.order_id for row in invoice_search.waiting(connected) if row.order.market == "fr-fr"][:2]
    invoice_jobs.make(connected, ids, send=True)
    work_through(connected)
    assert set(ids) <= set(marketplace.marketplace.invoices)
    assert [view.upload for view in invoice_search.listing(connected)] == ["confirmed"] * 2


# By the clock


def automatic_jobs() -> list[Job]:
    return list(Job.select().where(Job.identity.startswith("automatic:")).order_by(Job.id))


def test_automatic_invoicing_makes_and_sends_invoices_of_shipped_orders(
    connected: Desk, marketplace: SandboxServer
) -> None:
    invoice_jobs.submit_due(connected)
    assert automatic_jobs() == []
    invoice_settings.change(connected, None, "", {"automatic": "make"})
    invoice_settings.change(connected, None, "fr-fr", {"automatic": "send"})
    invoice_settings.change(connected, None, "de-de", {"automatic": "off"})
    invoice_jobs.submit_due(connected)
    invoice_jobs.submit_due(connected)
    assert sorted(str(job.identity) for job in automatic_jobs()) == ["automatic:make:1", "automatic:send:1"]
    work_through(connected)
    made = invoice_search.listing(connected)
    assert {view.upload for view in made if view.market == "fr-fr"} == {"confirmed"}
    assert {view.upload for view in made if view.market != "fr-fr"} == {""}
    assert not [view for view in made if view.market == "de-de"]
    assert set(marketplace.marketplace.invoices) == {view.order_id for view in made if view.market == "fr-fr"}
    # Not again before its time, and then only what is left.
    invoice_jobs.submit_due(connected)
    assert len(automatic_jobs()) == 2


def test_disabled_company_makes_no_automatic_invoices(counter: Desk) -> None:
    from bmtui.desk.companies import companies

    invoice_settings.change(counter, None, "", {"automatic": "make"})
    companies.change(counter, COMPANY, {"enabled": "false"})
    invoice_jobs.submit_due(counter)
    assert automatic_jobs() == []


def test_company_in_shadow_makes_no_automatic_invoices_until_it_has_left(counter: Desk) -> None:
    invoice_settings.change(counter, None, "", {"automatic": "make"})
    shadow.begin(counter)
    invoice_jobs.submit_due(counter)
    assert automatic_jobs() == []
    Pause.delete().execute()
    invoice_jobs.submit_due(counter)
    assert [job.parameters["make"] for job in automatic_jobs()] == [[1, 2, 3]]
