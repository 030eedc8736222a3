"""Removal of personal data: by the retention rule or on request, wherever it is kept, and for good."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from helpers import add_company, line_of, order_of, raw_line, raw_order, take_in

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.core import permissions, personal_data
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import privacy
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import search
from bmtui.desk.refunds import issue as refunds
from bmtui.errors import ConfigError, NotFound, RuleRefused
from bmtui.queue import jobs
from bmtui.store.models import (
    Audit,
    CareFolder,
    Company,
    Effect,
    Inbox,
    JobLog,
    JobOrder,
    Note,
    Order,
    Refund,
    Return,
    ReturnDocument,
    ReturnNote,
)
from bmtui.words import JobStatus, JobType

MAIL = "zephyrine.quux@mail.example"
PLANTED = (
    *("Zephyrine", "Quuxeley", MAIL, "+33 6 99 88 77 66", "9 Rue Plantee", "Plantedville"),
    *("TRACK-PLANTED-1", "ID-PLANTED-99Z"),
)
ADDRESS = {
    "first_name": "Zephyrine",
    "last_name": "Quuxeley",
    "street": "9 Rue Plantee",
    "city": "Plantedville",
    "postal_code": "75999",
    "country": "FR",
    "phone": "+33 6 99 88 77 66",
    "email": MAIL,
    "customer_id_number": "ID-PLANTED-99Z",
}


def planted(order_id: int, line_state: int = 3, **more: Any) -> dict[str, Any]:
    whole = {
        "shipping_address": ADDRESS,
        "billing_address": ADDRESS,
        "tracking_number": "TRACK-PLANTED-1",
        "tracking_url": "https://carrier.example/TRACK-PLANTED-1",
        **more,
    }
    return raw_order(order_id, [raw_line(order_id * 10, line_state)], **whole)


def long_after(desk: Desk) -> Desk:
    """Return the desk as it is longer after what was done than anything is kept."""
    then = desk.now() + timedelta(days=400)
    return replace(desk, now=lambda: then)


@pytest.fixture
def later(offline: Desk) -> Desk:
    """Desk long after its orders were made: two ended, one did not, one could not be read."""
    take_in(offline, planted(1), planted(2), planted(3, line_state=2, state=3), {"order_id": 4, "x": "Quuxeley"})
    return long_after(offline)


def found_in_files(desk: Desk, *words: str) -> set[str]:
    files = [path for path in desk.settings.data.rglob("*") if path.is_file()]
    return {f"{word} in {path.name}" for path in files for word in words if word.encode() in path.read_bytes()}


def test_order_that_changed_after_it_was_chosen_for_the_purge_keeps_its_data(
    later: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Change an order between the choice and the lock, as a download in another process does."""
    begin = later.store.transaction

    def change_first() -> contextlib.AbstractContextManager[None]:
        monkeypatch.setattr(later.store, "transaction", begin)
        Order.update(updated_at=later.now()).where(Order.order_id == 1).execute()
        return begin()

    monkeypatch.setattr(later.store, "transaction", change_first)
    assert privacy.purge(later, 365).orders == 1
    assert order_of(1).customer_name == "Zephyrine Quuxeley"
    assert order_of(2).customer_name == personal_data.ERASED


def test_purge_removes_personal_data_everywhere_and_keeps_the_books(later: Desk) -> None:
    orders.add_note(later, 1, "Zephyrine Quuxeley phoned: leave it at 9 Rue Plantee")
    refunds.issue(
        later, 1, refunds.RefundRequest(operation="issue_refund", method="cash", note="For Zephyrine Quuxeley")
    )
    before = {row.order_id: (row.total, row.received, row.refunded, row.country, row.status) for row in Order.select()}
    plan = privacy.plan(later, 90)
    assert (plan.orders, plan.raw) == (2, 1)
    done = privacy.purge(later, 90)
    assert (done.orders, done.raw) == (2, 1)
    for number in (1, 2):
        row = order_of(number)
        assert row.customer_name == personal_data.ERASED
        assert (row.customer_email, row.customer_phone, row.postal_code, row.tracking_number) == ("", "", "", "")
        assert row.ship_to == row.bill_to == {"country": "FR"}
        assert (row.total, row.received, row.refunded, row.country, row.status) == before[number]
        assert row.anonymised_at == later.now()
    assert Note.get().text == personal_data.ERASED
    assert Refund.get(Refund.amount > 0).note == personal_data.ERASED
    assert [row.order_id for row in search.page(later, "zephyrine", limit=5).rows] == [3]
    assert line_of(10).sku == "SKU"
    assert Audit.select().where(Audit.action == "order.anonymised").count() == 2
    assert privacy.plan(later, 90).orders == privacy.plan(later, 90).raw == 0


@pytest.mark.sqlite_only  # a server's files are not ours
def test_purged_personal_data_is_left_in_no_file(offline: Desk) -> None:
    take_in(offline, planted(1), planted(2), {"order_id": 4, "x": "Quuxeley"})
    cancel_target = planted(5, line_state=2, state=3)
    take_in(offline, cancel_target)
    internal_cancel.cancel_internally(offline, 5, "cancelled", "Zephyrine Quuxeley does not want it")
    take_in(offline, planted(5, line_state=4, date_modification="2026-11-03T10:00:00+00:00"))
    orders.add_note(offline, 1, "Zephyrine Quuxeley phoned")
    later = long_after(offline)
    assert found_in_files(later, *PLANTED)
    privacy.purge(later, 90)
    assert found_in_files(later, *PLANTED, "zephyrine", "quuxeley", "75999") == set()


def test_unfinished_order_keeps_its_personal_data(later: Desk) -> None:
    privacy.purge(later, 90)
    assert order_of(3).customer_email == MAIL
    assert json.loads(Inbox.get(Inbox.order_id == 3).payload)["shipping_address"]["city"] == "Plantedville"


def test_recent_order_or_unsent_effect_keeps_its_personal_data(later: Desk) -> None:
    assert privacy.plan(later, 36_500).orders == 0
    issued = refunds.issue(later, 1, refunds.RefundRequest())
    assert issued.job_id is not None
    assert privacy.plan(later, 90).orders == 1
    privacy.purge(later, 90)
    assert order_of(1).customer_email == MAIL
    assert Effect.get().body


def test_download_does_not_bring_purged_data_back(later: Desk) -> None:
    privacy.purge(later, 90)
    again = planted(1, line_state=6, date_modification="2027-05-01T10:00:00+00:00")
    counts = take_in(later, again)
    row = order_of(1)
    assert counts == {"updated": 1}
    assert row.channel_status == "refunded"
    assert row.customer_name == personal_data.ERASED
    assert row.ship_to == {"country": "FR"}
    assert "Quuxeley" not in Inbox.get(Inbox.order_id == 1).payload
    # Nor is the buyer found by name.
    assert not any(word.lower() in row.search_text for word in ADDRESS.values() if word != "FR")
    assert [found.order_id for found in search.page(later, "quuxeley").rows] == [3]
    assert take_in(later, again) == {}


def test_purge_removes_old_job_logs_but_not_those_of_live_jobs(later: Desk) -> None:
    assert JobLog.select().count() > 0
    with later.store.transaction():
        live = jobs.submit(later.store, JobType.RECONCILIATION, by="test")
        jobs.write_log(live, "It goes on", is_error=False)
    privacy.purge(later, 90)
    assert {row.job_id for row in JobLog.select()} == {live}
    assert jobs.get(live).status == JobStatus.SUBMITTED


def test_a_purge_is_of_the_company_in_view(later: Desk) -> None:
    Company.insert(
        **{name: getattr(Company.get(), name) for name in Company._meta.fields if name not in ("id", "name")},
        name="Other",
    ).execute()
    other = later.of_company("Other")
    assert privacy.purge(other, 90).orders == 0
    assert privacy.purge(later.of_company("Shop"), 90).orders == 2


def test_purge_needs_an_age_from_the_person_or_the_settings(later: Desk) -> None:
    with pytest.raises(ConfigError, match="retention_days"):
        privacy.days(later, None)
    assert privacy.days(later, 7) == 7
    with_rule = replace(later, settings=replace(later.settings, values={"retention_days": 400}))
    assert privacy.days(with_rule, None) == 400


def test_purge_needs_an_admin_and_a_writable_desk(later: Desk) -> None:
    permissions.set_rights(later, str(later.uid), role="admin")
    operator = replace(later, uid=later.uid + 4_000)
    permissions.set_rights(later, str(operator.uid), role="operator")
    for desk in (replace(later, read_only=True), operator):
        with pytest.raises(RuleRefused):
            privacy.purge(desk, 90)
        with pytest.raises(RuleRefused):
            privacy.erase(desk, MAIL)
    assert order_of(1).customer_email == MAIL


def test_privacy_export_gives_a_buyer_all_stored_data(later: Desk) -> None:
    orders.add_note(later, 1, "She phoned")
    found = privacy.person(later, f" {MAIL.upper()} ")
    assert [one.view.row.order_id for one in found] == [1, 2, 3]
    assert found[0].view.notes[0].text == "She phoned"
    assert found[0].raw["shipping_address"]["street"] == "9 Rue Plantee"
    for nobody in ("nobody@mail.example", "", "%"):
        with pytest.raises(NotFound):
            privacy.person(later, nobody)


def test_buyer_is_erased_from_ended_orders(later: Desk) -> None:
    tried = privacy.erase(later, MAIL, dry_run=True)
    assert (tried.orders, tried.open_orders) == ((1, 2), (3,))
    assert order_of(1).customer_email == MAIL
    assert privacy.erase(later, MAIL.upper()) == tried
    assert order_of(1).customer_email == ""
    assert order_of(3).customer_email == MAIL
    assert [one.view.row.order_id for one in privacy.person(later, MAIL)] == [3]


def test_purged_raw_order_keeps_only_harmless_fields() -> None:
    raw = planted(1, unknown_new_field="Zephyrine", customer={"name": "Quuxeley"})
    raw["orderlines"][0] |= {"return_message": "I am Zephyrine", "customer_note": "Quuxeley"}
    kept = json.loads(personal_data.pruned(json.dumps(raw)))
    assert kept["order_id"] == 1
    assert kept["orderlines"][0]["price"] == "100.00"
    assert not any(word in json.dumps(kept) for word in PLANTED)
    assert personal_data.pruned("[1, 2]") == "{}"


def test_a_hostile_raw_order_can_be_pruned() -> None:
    for raw in ('{"orderlines": 3}', '{"orderlines": [3, {"id": {"a": "Quuxeley"}}]}', '"x"', "null"):
        assert "Quuxeley" not in personal_data.pruned(raw)


def test_purge_removes_personal_data_of_returns_and_messages(later: Desk) -> None:
    order = order_of(1)
    now = datetime(2026, 11, 5, tzinfo=UTC)
    rma = Return.create(
        company=order.company, order=order, status="open", description="Quuxeley says it is broken",
        tracking_number="TRACK-PLANTED-2", made_at=now, made_by="test", updated_at=now,
    )  # fmt: skip
    ReturnNote.create(rma=rma, kind="return", at=now, made_by="test", text="Zephyrine phoned")
    file = later.settings.data / "returns" / "photo"
    file.parent.mkdir(parents=True)
    file.write_text("Zephyrine")
    ReturnDocument.create(
        rma=rma, name="photo.jpg", file="returns/photo", media_type="image/jpeg", size=9, sha256="x", at=now,
        made_by="test",
    )  # fmt: skip
    CareFolder.create(
        company=order.company, folder_id=7, state=9, market="fr-fr", order_id=1, sku="SKU", customer="Zephyrine",
        issue="broken", modified_at=now, listed="x", payload={"messages": ["Quuxeley"]}, fetched_at=now,
    )  # fmt: skip
    assert privacy.plan(later, 90).orders == 1
    Return.update(status="closed").execute()
    assert privacy.purge(later, 90).orders == 2
    assert Return.get().description == personal_data.ERASED
    assert Return.get().tracking_number == ""
    assert ReturnNote.get().text == personal_data.ERASED
    assert not ReturnDocument.select().exists()
    assert not file.exists()
    assert (CareFolder.get().customer, CareFolder.get().payload) == (personal_data.ERASED, {})


def test_order_of_a_job_that_has_not_ended_keeps_its_personal_data(later: Desk) -> None:
    job_id = jobs.submit(later.store, JobType.INVOICE, by="test")
    JobOrder.insert(job=job_id, order=order_of(1), outcome="updated").execute()
    assert privacy.plan(later, 90).orders == 1
    assert privacy.erase(later, MAIL).orders == (2,)
    assert order_of(1).customer_email == MAIL
    jobs.cancel(later.store, job_id, "test")
    assert privacy.erase(later, MAIL).orders == (1,)


def test_buyer_is_erased_from_orders_of_the_company_in_view_alone(later: Desk) -> None:
    add_company(later, "Other")
    other = later.of_company("Other")
    for look in (privacy.person, privacy.erase):
        with pytest.raises(NotFound, match="No order has this mail address"):
            look(other, MAIL)
    assert order_of(1).customer_email == MAIL
    assert privacy.erase(later.of_company("Shop"), MAIL).orders == (1, 2)
