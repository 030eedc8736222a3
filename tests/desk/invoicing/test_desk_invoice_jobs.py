"""Jobs and uploads of invoices: which orders are due by themselves, and what an upload must change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from helpers import order_of
from invoice_shop import open_shop_of_three

from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue, search, upload_state
from bmtui.desk.invoicing import jobs as invoice_jobs
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.store.models import Effect, Invoice, Job, Order
from bmtui.words import EffectState, JobStatus

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def shop(offline: Desk) -> Desk:
    """A shop with three shipped orders."""
    return replace(open_shop_of_three(offline), now=lambda: NOW)


def due(desk: Desk, minutes: int = 0) -> list[list[int]]:
    """Queue what is due so many minutes later; complete the new jobs, and return the orders of each."""
    invoice_jobs.submit_due(replace(desk, now=lambda: NOW + timedelta(minutes=minutes)))
    new = list(Job.select().where((Job.type == "invoice") & (Job.status == JobStatus.SUBMITTED)))
    Job.update(status=JobStatus.COMPLETED).execute()
    return [sorted(job.parameters["make"]) for job in new]


def test_automatic_invoices_leave_out_what_nobody_paid_or_has_one_elsewhere(shop: Desk) -> None:
    invoice_settings.change(shop, None, "", {"automatic": "make"})
    Order.update(received=0).where(Order.order_id == 1).execute()
    Order.update(invoice_provided_at=NOW).where(Order.order_id == 2).execute()
    assert due(shop) == [[3]]


@pytest.mark.parametrize("mode", ["make", "send"])
def test_automatic_invoices_are_looked_for_every_quarter_of_an_hour(shop: Desk, mode: str) -> None:
    invoice_settings.change(shop, None, "", {"automatic": mode})
    assert due(shop) == [[1, 2, 3]]
    Job.update(submitted_at=NOW).execute()
    assert [due(shop, minutes) for minutes in (14, 15)] == [[], [[1, 2, 3]]]
    # A job from before the clock was set back does not hold up the next one.
    assert due(shop, -60) == [[1, 2, 3]]


@pytest.fixture
def uploading(shop: Desk) -> Desk:
    """The shop with an invoice of order 1, whose upload is planned; Back Market had another one already."""
    number = issue.make(shop, 1).number
    Order.update(invoice_provided_at=NOW - timedelta(days=1)).where(Order.order_id == 1).execute()
    assert invoice_jobs.upload_preview(shop, number).replaces
    invoice_jobs.send(shop, number)
    return shop


def test_upload_that_replaces_an_invoice_must_change_the_time_of_the_old_one(uploading: Desk) -> None:
    assert Effect.get().expected == {"before": order_of(1).invoice_provided_at.isoformat()}


@pytest.mark.parametrize("state", list(EffectState))
def test_time_of_an_upload_is_that_of_its_confirmation(uploading: Desk, state: EffectState) -> None:
    upload_state.follow_effect(uploading, Effect.get(), state, "")
    confirmed = state == EffectState.CONFIRMED
    assert (Invoice.get().upload, Invoice.get().uploaded_at) == (state, NOW if confirmed else None)


def test_invoices_whose_upload_was_refused_or_withdrawn_are_unsent(shop: Desk) -> None:
    issue.make(shop, 1)
    found = []
    for state in ("", *EffectState):
        Invoice.update(upload=state).execute()
        found += [state] * len(search.unsent(shop))
    assert found == ["", EffectState.REJECTED, EffectState.WITHDRAWN]
