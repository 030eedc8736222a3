"""Numbers and jobs in a store that was put back: days, clocks that differ a little, and jobs that were running."""

from __future__ import annotations

from datetime import timedelta

import pytest
from helpers import order_of
from invoice_shop import open_shop_of_three

from bmtui.desk.core import store_marks
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue
from bmtui.desk.invoicing import jobs as invoice_jobs
from bmtui.desk.operations import distrust, numbers
from bmtui.store.models import InvoiceSeries, Job, Order
from bmtui.words import JobStatus

SERIES = "Shop/FR/invoice/2026"


@pytest.fixture
def shop(offline: Desk) -> Desk:
    """A shop with three shipped orders; the first has an invoice."""
    shop = open_shop_of_three(offline)
    issue.make(shop, 1)
    return shop


def test_confirmed_series_puts_no_number_on_an_earlier_day_than_its_last_one(shop: Desk) -> None:
    distrust.doubt(shop, shop.now())
    # The clock was ahead when the last number was given.
    InvoiceSeries.update(last_issued="2026-12-24").execute()
    numbers.confirm(shop, SERIES, 5)
    made = issue.make(shop, 2)
    assert (made.number, made.issued) == ("FR-2026-00006", "2026-12-24")


def test_invoice_that_the_channel_got_minutes_before_the_restore_is_named(shop: Desk) -> None:
    distrust.doubt(shop, shop.now())
    mark = store_marks.restored()
    assert mark is not None
    for number, minutes in ((2, -3), (3, -10)):
        at = mark.since + timedelta(minutes=minutes)
        Order.update(invoice_provided_at=at).where(Order.id == order_of(number).id).execute()
    (view,) = (view for view in numbers.waiting(shop) if view.name == SERIES)
    assert view.not_here == (2,)


@pytest.mark.parametrize("status", [JobStatus.SUBMITTED, JobStatus.PROCESSING])
def test_job_of_invoices_that_was_running_waits_for_a_person(shop: Desk, status: JobStatus) -> None:
    (job_id,) = invoice_jobs.make(shop, [2])
    Job.update(status=status, worker="elsewhere").where(Job.id == job_id).execute()
    fence = Job.get_by_id(job_id).fence
    assert distrust.doubt(shop, shop.now()).held_jobs == 1
    job = Job.get_by_id(job_id)
    # Whatever still runs it may not write any more.
    assert (job.status, job.worker, job.fence) == (JobStatus.ON_HOLD, None, fence + 1)


def test_series_that_begins_after_the_restore_is_begun_on_the_day_of_the_company(shop: Desk) -> None:
    assert numbers.begin(shop, "Shop/FR/credit_note/2026", 9).last_number == 8
    (row,) = InvoiceSeries.select().where(InvoiceSeries.kind == "credit_note")
    assert (row.first_number, row.last_issued) == (9, "2026-11-24")
