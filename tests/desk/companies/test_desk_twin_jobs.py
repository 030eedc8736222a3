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
    """Desk of a company and its twin, and the jobs that are due when the company is alone."""
    alone: dict[str, list[Any]] = {due: [] for due in DUE}
    for due, found in alone.items():
        with undone(filled.desk):
            found += begun(filled.desk, due, Company.get())
    twin.Twins(filled.desk)
    return filled, alone


def check(before: Any, company: str) -> None:
    (other,) = {*BOTH} - {company}
    after = twin.by_company()
    assert {place for place, row in after[other].items() if before[other].get(place) != row} == set()
    assert before[other].keys() == after[other].keys()
    assert before[company] != after[company]


@pytest.mark.parametrize("company", BOTH)
@pytest.mark.parametrize("act", ACTS)
def test_a_job_of_one_company_leaves_all_rows_of_its_twin(twins: Any, act: str, company: str) -> None:
    desk = twins[0].desk
    with undone(desk):
        Order.update(erased_by_channel=True).execute()
        Company.update(erased_buyers="erase").execute()
        CareMark.update(modified_until=None, swept_at=None).execute()
        StatementRow.update(order=None, line=None, problem="no_such_order").execute()
        Job.update(status="completed").where(Job.type == JobType.INVOICE).execute()
        before = twin.by_company()
        ACTS[act](desk.of_company(company), Company.get(Company.name == company), rows_of(company))
        check(before, company)


def begun(desk: Desk, due: str, company: Any) -> list[Any]:
    """Turn the work on for the company alone, look for what is due, and return the new jobs of the company."""
    Job.update(status="completed", submitted_at=NOW - timedelta(days=9)).execute()
    for mark in (SyncMark, CareMark):
        mark.delete().execute()
    Company.update(allow_order_download=False, care_interval_min=0).where(Company.id != company.id).execute()
    for row in InvoiceSettings.select():
        entries = row.entries | {"automatic": "make" if row.company_id == company.id else "off"}
        InvoiceSettings.update(entries=entries).where(InvoiceSettings.id == row.id).execute()
    Rule.update(enabled=Rule.company == company, query="", ran_at=NOW - timedelta(days=9)).execute()
    Rule.update(moment="every 15m").where(Rule.moment == "order.created").execute()
    Rule.update(query="market:fr-fr").where(Rule.moment == "order.to_accept").execute()
    before = twin.by_company()
    DUE[due](at(desk))
    if len(before) > 1:
        check(before, company.name)
    known = {key for rows in before.values() for table, key in rows if table == "jobs"}
    new = Job.select().where((Job.company == company) & Job.id.not_in(known)).order_by(Job.id)
    return [(job.type, {name: value for name, value in job.parameters.items() if name != "company"}) for job in new]


@pytest.mark.parametrize("company", BOTH)
@pytest.mark.parametrize("due", DUE)
def test_due_work_is_that_of_the_company_that_has_it_turned_on(twins: Any, due: str, company: str) -> None:
    found: list[Any] = []
    with undone(twins[0].desk):
        found += begun(twins[0].desk, due, Company.get(Company.name == company))
    assert found == twins[1][due]


@pytest.mark.parametrize("company", BOTH)
def test_a_download_of_what_its_twin_has_already_is_stored(twins: Any, company: str) -> None:
    desk = twins[0].desk
    with undone(desk):
        for name in sorted(BOTH, key=lambda name: name == company):
            before = twin.by_company()
            download(desk, Company.get(Company.name == name), rows_of(name))
        check(before, company)
