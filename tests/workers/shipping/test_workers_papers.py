"""Documents that jobs save: each company's own, though another has an order of the same number."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import COMPANY, add_company, raw_line, raw_order, take_in, work

from bmtui.desk.core.context import Desk
from bmtui.errors import RuleRefused
from bmtui.queue import jobs
from bmtui.store.models import Company, Job
from bmtui.words import JobType
from bmtui.workers.shipping import channel_documents


def test_documents_of_two_companies_with_the_same_order_number_are_kept_apart(
    offline: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def note(desk: Desk, order_id: int) -> bytes:
        return f"%PDF- {desk.company} {order_id}".encode()

    async def none(desk: Desk, order_id: int) -> bytes:
        raise RuleRefused(f"{desk.company} has no label.")

    monkeypatch.setattr(channel_documents, "delivery_note", note)
    monkeypatch.setattr(channel_documents, "label", none)
    add_company(offline, "Other")
    for name in (COMPANY, "Other"):
        take_in(offline, raw_order(1, [raw_line(10, 2)]), company=name)
        company_id = Company.get(Company.name == name).id
        jobs.submit(offline.store, JobType.PAPERS, by="test", company_id=company_id, parameters={"order_id": 1})
    work(offline)
    names = {row.id: row.name for row in Company.select()}
    found = {names[job.company_id or 0]: job.output for job in Job.select().where(Job.type == JobType.PAPERS)}
    saved = {name: [Path(file).read_bytes() for file in output["files"]] for name, output in found.items()}
    assert saved == {name: [f"%PDF- {name} 1".encode()] for name in (COMPANY, "Other")}
    assert {name: output["missing"] for name, output in found.items()} == {
        name: [f"{name} has no label."] for name in (COMPANY, "Other")
    }
