"""Rule that fetches papers: Back Market's documents of an order in a folder for each company."""

from __future__ import annotations

from helpers import COMPANY, connect, download, of_marketplace, work
from invoice_shop import open_shop, sold

from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.rules import engine, rules
from bmtui.desk.rules.views import Draft
from bmtui.desk.tags import tags
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Company, Invoice, Job


def papers(desk: Desk, company: str = COMPANY) -> dict[str, bytes]:
    folder = desk.settings.data / "documents" / "papers" / str(Company.get(Company.name == company).id)
    return {file.name: file.read_bytes() for file in folder.glob("*")}


def test_packing_documents_are_fetched_by_a_rule(stocked: Desk, marketplace: SandboxServer) -> None:
    rules.save(stocked, Draft("papers", "order.changed", "tag:print", ("papers",)))
    engine.run_due(stocked)
    ready, waits = (of_marketplace(marketplace, state)["order_id"] for state in (3, 1))
    for order_id in (ready, waits):
        tags.tag(stocked, order_id, add=["print"])
    engine.run_due(stocked)
    work(stocked)
    assert set(papers(stocked)) == {f"{ready}-delivery-note.pdf"}
    assert papers(stocked)[f"{ready}-delivery-note.pdf"].startswith(b"%PDF")
    outputs = {job.parameters["order_id"]: job.output for job in Job.select().where(Job.type == "papers")}
    assert f"Order {waits} has no delivery note yet." in outputs[waits]["missing"]
    assert {row.action for row in rules.log(stocked, name="papers")} == {"papers"}
    assert {job.submitted_by for job in jobs.listing(stocked) if job.type == "papers"} == {"rule papers v1"}


def test_papers_of_two_companies_with_the_same_order_are_kept_apart(stocked: Desk, marketplace: SandboxServer) -> None:
    connect(stocked, marketplace, "Other")
    download(stocked.of_company("Other"))
    rules.save(stocked, Draft("papers", "order.changed", "tag:print", ("papers",), company="Other"))
    engine.run_due(stocked)
    order_id = of_marketplace(marketplace, 3)["order_id"]
    tags.tag(stocked.of_company("Other"), order_id, add=["print"])
    engine.run_due(stocked)
    work(stocked)
    assert set(papers(stocked, "Other")) == {f"{order_id}-delivery-note.pdf"}
    assert papers(stocked) == {}


def test_order_with_an_invoice_gets_no_second_invoice_job(offline: Desk) -> None:
    open_shop(offline, sold(1))
    rules.save(offline, Draft("invoice", "order.changed", "tag:send", ("invoice make",)))
    engine.run_due(offline)
    tags.tag(offline, 1, add=["send"])
    for number in range(4):
        engine.run_due(offline)
        work(offline)
        tags.tag(offline, 1, add=[f"again{number}"])
    assert Job.select().where(Job.type == "invoice").count() == 1
    assert Invoice.select().count() == 1
