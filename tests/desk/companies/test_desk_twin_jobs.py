"""Work of jobs for one company leaves every row of another as it was: downloads, repairs, outcomes, and what is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
import twin
from command_in_process import undone
from company_cases import rows_of
from full_company import at
from helpers import COMPANY, raw_folder
from installation import FOLDER, NOW, _raw, number
from twin import TWIN

from bmtui.desk.acceptance import accept
from bmtui.desk.accounts import statement_matching
from bmtui.desk.after_sales import folder_store
from bmtui.desk.companies import sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import jobs as invoice_jobs
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox import effects
from bmtui.desk.refunds import credit_notes_due
from bmtui.desk.rules import engine
from bmtui.desk.sync import erased_buyers, inbox, ingest, quarantine, reconcile, schedule
from bmtui.store.models import (
    CareMark,
    Company,
    Drift,
    Effect,
    InvoiceSettings,
    Job,
    Order,
    Rule,
    StatementRow,
    SyncMark,
)
from bmtui.words import EffectState, JobType

BOTH = (COMPANY, TWIN)
Act = Callable[[Desk, Any, Mapping[str, Any]], object]


def download(desk: Desk, company: Any, rows: Mapping[str, Any]) -> None:
    job = rows["job_waiting"].id
    changed = [{**_raw(index), "tracking_number": "NEW", "date_modification": NOW.isoformat()} for index in (2, 9)]
    inbox.keep(company.id, job, [*changed, {**_raw(2), "order_id": 77}], NOW)
    ingest.create_waiting(desk, company.id, job)


def erase(desk: Desk, company: Any, rows: Mapping[str, Any]) -> int:
    return erased_buyers.erase(desk, Company.get_by_id(company.id), rows["job_waiting"].id)


def repair(desk: Desk, company: Any, rows: Mapping[str, Any]) -> int:
    return reconcile.repair(desk, Drift.get((Drift.company == company) & Drift.repairable).id)


def folder(desk: Desk, company: Any, rows: Mapping[str, Any]) -> str:
    raw = raw_folder(FOLDER, number(14), 15, "PHN-A12", "Hello?", date_creation="2026-11-20T10:00:00Z")
    return folder_store.keep(desk, company.id, FOLDER, raw)


def match(desk: Desk, company: Any, rows: Mapping[str, Any]) -> None:
    statement_matching.match(company.id, [number(2), number(3)])


def outcome(state: EffectState) -> Act:
    """Return the act that gives all writes of the company this outcome, whatever they belong to."""

    def settle(desk: Desk, company: Any, rows: Mapping[str, Any]) -> None:
        for effect in list(Effect.select().where((Effect.company == company) & (Effect.state == EffectState.PLANNED))):
            effects.mark_sending(desk, effect)
            effects.settle(desk, Effect.get_by_id(effect.id), state, error="So it was.")

    return settle


ACTS: Mapping[str, Act] = {
    "download": download,
    "quarantine is read again": lambda desk, company, rows: quarantine.release(company.id),
    "buyers erased by Back Market": erase,
    "reconciliation": lambda desk, company, rows: reconcile.start(desk, company.name, fix=True),
    "repair": repair,
    "folder": folder,
    "folders read until": lambda desk, company, rows: folder_store.move(desk, company.id, NOW + timedelta(1), True),
    "orders read until": lambda desk, company, rows: schedule.move(desk, company.id, NOW + timedelta(1)),
    "statement": match,
    "token refused": lambda desk, company, rows: sending_pauses.stop_for_token(desk, company),
    "credit note": lambda desk, company, rows: credit_notes_due.submit(desk, rows["credited"]),
    "writes of a job taken back": lambda desk, company, rows: outbox.take_back_jobs(desk, [rows["planned"].job_id]),
    "writes of a job withdrawn": lambda desk, company, rows: effects.withdraw_planned(desk, rows["planned"].job_id),
    "writes of a job fail": lambda desk, company, rows: effects.fail_planned(desk, rows["planned"].job_id, "No token."),
    "outcome confirmed": outcome(EffectState.CONFIRMED),
    "outcome rejected": outcome(EffectState.REJECTED),
    "outcome unknown": outcome(EffectState.UNKNOWN),
}
DUE: Mapping[str, Callable[[Desk], object]] = {
    "acceptance": accept.submit_due,
    "folders": folder_store.submit_due,
    "invoices": invoice_jobs.submit_due,
    "orders": schedule.submit_due,
    "rules": engine.run_due,
}
"""Work that workers look for every few seconds, of all companies that have it turned on."""


@pytest.fixture(scope="module")
def twins(filled: Any) -> Any:
    twin.Twins(filled.desk)
    return filled


def check(before: Any, company: str) -> None:
    (other,) = {*BOTH} - {company}
    after = twin.by_company()
    assert {place for place, row in after[other].items() if before[other].get(place) != row} == set()
    assert before[other].keys() == after[other].keys()
    assert before[company] != after[company]


@pytest.mark.parametrize("company", BOTH)
@pytest.mark.parametrize("act", ACTS)
def test_a_job_of_one_company_leaves_all_rows_of_its_twin(twins: Any, act: str, company: str) -> None:
    with undone(twins.desk):
        Order.update(erased_by_channel=True).execute()
        Company.update(erased_buyers="erase").execute()
        CareMark.update(modified_until=None, swept_at=None).execute()
        StatementRow.update(order=None, line=None, problem="no_such_order").execute()
        Job.update(status="completed").where(Job.type == JobType.INVOICE).execute()
        before = twin.by_company()
        ACTS[act](twins.desk.of_company(company), Company.get(Company.name == company), rows_of(company))
        check(before, company)


@pytest.mark.parametrize("company", BOTH)
@pytest.mark.parametrize("due", DUE)
def test_due_work_is_begun_for_the_company_that_has_it_turned_on(twins: Any, due: str, company: str) -> None:
    of_it = Company.get(Company.name == company)
    with undone(twins.desk):
        Job.update(status="completed", submitted_at=NOW - timedelta(days=9)).execute()
        for mark in (SyncMark, CareMark):
            mark.delete().execute()
        Company.update(allow_order_download=False, care_interval_min=0).where(Company.id != of_it.id).execute()
        InvoiceSettings.update(entries={}).where(InvoiceSettings.company != of_it).execute()
        made = InvoiceSettings.get(InvoiceSettings.company == of_it)
        InvoiceSettings.update(entries=made.entries | {"automatic": "make"}).where(
            InvoiceSettings.id == made.id
        ).execute()
        Rule.update(enabled=Rule.company == of_it, query="", ran_at=NOW - timedelta(days=9)).execute()
        Rule.update(moment="every 15m").where(Rule.moment == "order.created").execute()
        Rule.update(query="market:fr-fr").where(Rule.moment == "order.to_accept").execute()
        before = twin.by_company()
        DUE[due](at(twins.desk))
        check(before, company)
