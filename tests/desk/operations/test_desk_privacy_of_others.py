"""Removal of one buyer's data beside others: theirs stays, and a purge that removed nothing is not told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from helpers import add_company, eur, order_of, raw_line, raw_order, take_in
from marked_rows import MAIL, fill
from peewee import Model

from bmtui.desk.core import audit, personal_data
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import privacy
from bmtui.desk.orders import rows as orders
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.rma import ReturnRequest
from bmtui.errors import ConfigError, NotFound
from bmtui.queue import jobs
from bmtui.store.models import (
    Audit,
    CareFolder,
    Company,
    Drift,
    Effect,
    Inbox,
    Job,
    JobLog,
    Note,
    Order,
    OrderLine,
    Payment,
    Refund,
    Return,
    ReturnItem,
    ReturnNote,
    Shipment,
)
from bmtui.words import DriftClass, EffectKind, EffectState, JobStatus, JobType, ReturnStatus

NOW = datetime(2027, 6, 1, tzinfo=UTC)
OTHER = 7


def _first(model: type[Model]) -> dict[str, Any]:
    """Return the columns of the first row, without its id."""
    row: Any = model.select().dicts().get()
    return {name: value for name, value in row.items() if name != "id"}


@pytest.fixture
def two(offline: Desk) -> Desk:
    """A desk with a buyer about whom every column says something, and another with a note, a refund and a return."""
    with offline.store.transaction():
        fill()
    person = {"first_name": "Ada", "last_name": "Other", "country": "FR", "email": "ada@mail.example"}
    take_in(offline, raw_order(OTHER, [raw_line(70, 3, price="50.00")], shipping_address=person))
    orders.add_note(offline, OTHER, "rings twice")
    cash = RefundRequest("issue_refund", method="cash", note="at the counter")
    refunds.issue(offline, OTHER, replace(cash, lines={70: eur("10.00")}))
    refunds.issue(offline, OTHER, RefundRequest())
    rma = returns.create(offline, OTHER, ReturnRequest(reason="Other", description="too blue")).row.rma_id
    return_actions.add_note(offline, rma, "wet box", "return")
    return_actions.resolve(offline, rma, "repair", note="new glass", tracking="R12345")
    folder: dict[str, Any] = {
        **_first(CareFolder),
        "order_id": OTHER,
        "folder_id": 99,
        "customer": "Ada",
        "modified_at": NOW,
    }
    parcel: dict[str, Any] = {
        **_first(Drift),
        "order_id": OTHER,
        "what": DriftClass.TRACKING,
        "here": "A",
        "there": "B",
    }
    with offline.store.transaction():
        CareFolder.insert(folder).execute()
        Drift.insert(parcel).execute()
        for job in Job.select().where(Job.id > 1):
            jobs.write_log(job.id, "sent for the other buyer")
        Job.update(error="their error", completed_at=NOW, status=JobStatus.COMPLETED).where(Job.id > 1).execute()
    return replace(offline, now=lambda: NOW)


def of_other() -> dict[str, list[dict[str, Any]]]:
    order = order_of(OTHER).id
    mine = Return.select(Return.id).where(Return.order == order)
    queries: dict[str, Any] = {
        "orders": Order.select().where(Order.id == order),
        **{model.__name__: model.select().where(model.order == order) for model in (Note, Refund, Payment, Return)},
        "items": ReturnItem.select().where(ReturnItem.rma.in_(mine)),
        "notes": ReturnNote.select().where(ReturnNote.rma.in_(mine)),
        "folders": CareFolder.select().where(CareFolder.order_id == OTHER),
        "differences": Drift.select().where(Drift.order_id == OTHER),
        "effects": Effect.select().where(Effect.order == order),
        "jobs": Job.select().where(Job.id > 1),
        "logs": JobLog.select().where(JobLog.job > 1),
    }
    return {name: list(query.dicts()) for name, query in queries.items()}


def test_erasing_a_buyer_leaves_what_another_company_has_under_the_same_order_number(two: Desk) -> None:
    add_company(two, "Elsewhere")
    theirs: dict[str, Any] = {"company": Company.get(Company.name == "Elsewhere").id}
    rows: dict[Any, dict[str, Any]] = {
        CareFolder: {"folder_id": 98, "customer": "Bea"},
        Drift: {"what": DriftClass.TRACKING, "here": "A", "there": "B"},
        Inbox: {"payload": '{"order_id":1,"shipping_address":{"first_name":"Bea"}}'},
    }
    with two.store.transaction():
        for model, columns in rows.items():
            model.insert(_first(model) | theirs | {"order_id": 1} | columns).execute()

    def kept() -> list[dict[str, Any]]:
        return [row for model in rows for row in model.select().where(model.company == theirs["company"]).dicts()]

    before = kept()
    assert (order_of(1).customer_email, len(before)) == (MAIL, len(rows))
    assert privacy.erase(two, MAIL).orders == (1,)
    assert kept() == before


def test_erasing_one_buyer_leaves_every_row_of_another_as_it_was(two: Desk) -> None:
    before, version = of_other(), order_of(1).version
    assert all(before.values()), before
    assert privacy.erase(two, MAIL).orders == (1,)
    assert of_other() == before
    assert order_of(1).version == version + 1


def test_job_errors_of_ended_jobs_are_removed_by_a_purge_and_those_of_later_ones_stay(two: Desk) -> None:
    submitted = [jobs.submit(two.store, JobType.RECONCILIATION, by="test") for _ in range(3)]
    exactly = NOW - timedelta(days=90)
    for job, ended_at in zip(submitted, (exactly - timedelta(seconds=1), exactly, None), strict=True):
        Job.update(error="of Zephyrine", completed_at=ended_at).where(Job.id == job).execute()
    privacy.purge(two, 90)
    assert [jobs.get(job).error for job in submitted] == [personal_data.ERASED, "of Zephyrine", "of Zephyrine"]


def test_an_order_of_exactly_the_age_is_not_purged_yet(two: Desk) -> None:
    Order.update(updated_at=NOW - timedelta(days=90)).execute()
    Order.update(updated_at=NOW - timedelta(days=91)).where(Order.order_id == OTHER).execute()
    Return.update(status=ReturnStatus.CLOSED).execute()
    Effect.update(state=EffectState.CONFIRMED).execute()
    assert privacy.purge(two, 90).orders == 1
    assert order_of(OTHER).anonymised_at is not None


def test_a_purge_is_told_in_the_audit_only_when_something_was_removed(two: Desk) -> None:
    def told() -> int:
        return Audit.select().where(Audit.action == "privacy.purged").count()

    privacy.purge(two, 90)
    assert told() == 1
    privacy.purge(two, 90)
    assert told() == 1
    folder = CareFolder.update(customer="Zephyrine", modified_at=NOW - timedelta(days=91))
    folder.where(CareFolder.order_id != OTHER).execute()
    assert (privacy.purge(two, 90).folders, told()) == (1, 2)
    job = jobs.submit(two.store, JobType.RECONCILIATION, by="test", company_id=Company.get().id)
    jobs.write_log(job, "Zephyrine wrote")
    Job.update(completed_at=NOW - timedelta(days=91), status=JobStatus.COMPLETED).where(Job.id == job).execute()
    assert (privacy.purge(two, 90).logs, told()) == (1, 3)


def test_words_that_are_found_at_a_return_a_parcel_or_a_refund_leave_the_audit_too(two: Desk) -> None:
    row = order_of(OTHER)
    assert Shipment.update(order=row, tracking_number="PARCEL-1").execute() == 1
    Return.update(tracking_number="BACK-1").where(Return.order == row).execute()
    mine = Return.select(Return.id).where(Return.order == row)
    words = {refund.note for refund in Refund.select().where(Refund.order == row)} - {""}
    words |= {item.sent_tracking for item in ReturnItem.select().where(ReturnItem.rma.in_(mine))}
    words |= {"PARCEL-1", "BACK-1", row.customer_name}
    assert len(words) == 5
    with two.store.transaction():
        for word in words:
            audit.record(two, "order.shipped", f"It says {word} here.", order_row=row.id)
    Job.update(completed_at=NOW).execute()
    Return.update(status=ReturnStatus.CLOSED).execute()
    Effect.update(state=EffectState.CONFIRMED).execute()
    assert privacy.erase(two, "ada@mail.example").orders == (OTHER,)
    told = [entry.summary for entry in Audit.select().where(Audit.action == "order.shipped")]
    assert told == ["It says (erased) here."] * 5


def test_messages_of_a_folder_are_forgotten_with_it(two: Desk) -> None:
    folder = CareFolder.get()
    message = Effect.get()
    changes = {"kind": EffectKind.MESSAGE, "subject_id": folder.id, "order": None, "state": EffectState.CONFIRMED}
    Effect.update(**changes, body={"message": "Dear Zephyrine"}).where(Effect.id == message.id).execute()
    of_first = CareFolder.id == folder.id
    CareFolder.update(modified_at=NOW - timedelta(days=91), order_id=None).where(of_first).execute()
    Order.update(updated_at=NOW).execute()
    assert privacy.purge(two, 90).folders == 1
    left = Effect.get_by_id(message.id)
    assert (left.body, left.about, left.answer, left.error) == ({}, EffectKind.MESSAGE.label, "", "")


def test_unread_orders_of_another_company_are_left_to_its_own_purge(two: Desk) -> None:
    add_company(two, "Other")
    other = Company.get(Company.name == "Other")
    old = {"fetched_at": NOW - timedelta(days=91), "state": "quarantined", "error": "unread: Zephyrine"}
    Inbox.update(company=other, **old).execute()
    assert privacy.plan(two.of_company("Shop"), 90).raw == 0
    assert privacy.purge(two.of_company("Shop"), 90).raw == 0
    assert privacy.purge(two.of_company("Other"), 90).raw == Inbox.select().count()


def test_a_day_is_the_shortest_age(two: Desk) -> None:
    assert privacy.days(two, 1) == 1
    with pytest.raises(ConfigError, match="No retention time"):
        privacy.days(two, 0)


def test_a_buyer_of_two_companies_is_erased_in_the_company_in_view_alone(two: Desk) -> None:
    add_company(two, "Other")
    other = Company.get(Company.name == "Other")
    Order.update(company=other, customer_email=MAIL.upper()).where(Order.order_id == OTHER).execute()
    Return.update(status=ReturnStatus.CLOSED).execute()
    Effect.update(state=EffectState.CONFIRMED).execute()
    assert privacy.erase(two, MAIL, dry_run=True).orders == (1, OTHER)
    assert [one.view.row.order_id for one in privacy.person(two.of_company("Other"), MAIL)] == [OTHER]
    assert privacy.erase(two.of_company("Shop"), MAIL).orders == (1,)
    assert order_of(OTHER).anonymised_at is None


@pytest.mark.parametrize("asked", ["Éva.Ötker@mail.example", " éva.ötker@MAIL.example ", "ÉVA.ÖTKER@mail.example"])
def test_a_buyer_is_found_by_an_address_with_letters_outside_of_ascii(two: Desk, asked: str) -> None:
    Order.update(customer_email="Éva.Ötker@Mail.example").where(Order.order_id == OTHER).execute()
    assert [one.view.row.order_id for one in privacy.person(two, asked)] == [OTHER]
    for another in ("eva.otker@mail.example", "éva.otker@mail.example"):
        with pytest.raises(NotFound, match="No order has this mail address"):
            privacy.erase(two, another)


def test_a_purge_goes_on_in_small_transactions_and_tells_how_far_it_is(
    two: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "BATCH", 1)
    Return.update(status=ReturnStatus.CLOSED).execute()
    Effect.update(state=EffectState.CONFIRMED).execute()
    Order.update(updated_at=NOW - timedelta(days=91)).execute()
    told: list[int] = []
    assert privacy.purge(two, 90, tell=told.append).orders == 2
    assert told == [1, 2]


def test_only_texts_of_a_request_that_are_about_the_buyer_are_taken_out_of_a_sentence() -> None:
    body = {"amount": "12.00", "pieces": 2, "message": "Zephyrine", "shipper": "DHL", "more": "", "lines": [1]}
    sentence = "2 of 12.00 with DHL to Zephyrine, not to Zephyrines."
    assert personal_data.without(sentence, body) == "2 of 12.00 with DHL to, not to Zephyrines."


def test_copy_for_a_buyer_and_what_stays_searchable_are_of_their_own_order(two: Desk) -> None:
    (one,) = privacy.person(two, "ada@mail.example")
    assert (one.view.row.order_id, one.raw["order_id"]) == (OTHER, OTHER)
    Return.update(status=ReturnStatus.CLOSED).execute()
    Effect.update(state=EffectState.CONFIRMED).execute()
    OrderLine.update(sku="OWN").where(OrderLine.order == order_of(OTHER)).execute()
    assert privacy.erase(two, "ada@mail.example").orders == (OTHER,)
    assert order_of(OTHER).search_text.split() == ["7", "OWN"]
