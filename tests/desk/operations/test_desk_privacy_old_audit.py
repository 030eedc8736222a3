"""Audit rows of an older release, with a buyer's data: it is removed, and the chain stays valid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from grants_case import connected, roles
from helpers import dump, order_of, raw_line, raw_order, take_in

from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import privacy
from bmtui.store.models import Audit, Delivery, Drift, Event
from bmtui.words import DeliveryState, DriftClass, DriftState

PARCEL, MAIL = "1Z999AA10123456784", "marie@mail.example"


@pytest.fixture
def written(offline: Desk) -> Desk:
    """Desk with audit rows in which an older release named a parcel and its buyer."""
    person = {"first_name": "Marie", "last_name": 'Quux"eley', "country": "FR", "email": MAIL}
    take_in(
        offline,
        raw_order(1, [raw_line(11, 3)], tracking_number=PARCEL, shipping_address=person),
        raw_order(2, [raw_line(21, 3)]),
    )
    assert order_of(1).customer_email == MAIL
    with offline.store.transaction():
        for number in (1, 2):
            audit.record(
                offline,
                "order.shipped",
                f"Shipped with {PARCEL}.",
                order_row=order_of(number).id,
                before={"customer": order_of(1).customer_name},
                after={"tracking_number": PARCEL, "more": [f"x{PARCEL}"]},
            )
    return offline


def about(number: int) -> list[Any]:
    return list(Audit.select().where(Audit.order_ref == order_of(number).id).order_by(Audit.id))


def test_old_rows_lose_the_buyer_and_the_chain_still_holds(written: Desk) -> None:
    head = audit.verify(written).head
    privacy.erase(written, MAIL)
    row = about(1)[0]
    assert (row.summary, row.before) == ("Shipped with (erased).", {"customer": "(erased)"})
    # Only whole words: what merely holds it is another number.
    assert row.after == {"tracking_number": "(erased)", "more": [f"x{PARCEL}"]}
    assert about(2)[0].after["tracking_number"] == PARCEL
    found = audit.verify(written, known_head=head)
    assert (found.problems, found.redacted) == ((), 1)


def test_audit_row_changed_by_hand_is_still_found_after_an_erasure(written: Desk) -> None:
    privacy.erase(written, MAIL)
    changed = about(1)[0]
    run = written.store.database.execute_sql
    if written.store.database.kind == "sqlite":
        run("DROP TRIGGER audit_never_changes")
    else:
        run("ALTER TABLE audit DISABLE TRIGGER audit_never_changes")
    run(f"UPDATE audit SET summary = 'Nothing' WHERE id = {changed.id}")
    said = [problem.sentence for problem in audit.verify(written).problems]
    assert f"Row {changed.id} was changed after it was written." in said


def test_audit_stays_append_only_after_an_erasure(written: Desk) -> None:
    privacy.erase(written, MAIL)
    with pytest.raises(Exception, match="append-only"):
        written.store.database.execute_sql("UPDATE audit SET summary = 'x'")


def test_erasing_a_buyer_who_is_not_in_the_audit_redacts_nothing(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 3)], tracking_number=PARCEL, shipping_address={"email": MAIL}))
    privacy.erase(offline, MAIL)
    assert not Audit.select().where(Audit.action == audit.REDACTED).exists()


def test_parcels_in_differences_are_erased(written: Desk) -> None:
    facts = {"job": 1, "company": order_of(1).company, "order_id": 1, "advice": "", "repairable": True}
    for what in (DriftClass.TRACKING, DriftClass.STATE):
        Drift.create(
            what=what, here=PARCEL if what == "tracking" else "Shipped", there="other", found_at=written.now(),
            state=DriftState.OPEN, **facts,
        )  # fmt: skip
    privacy.erase(written, MAIL)
    assert [row.here for row in Drift.select().order_by(Drift.id)] == ["(erased)", "Shipped"]
    others = dump(written, "audit", "events", "inbox", "orders", "order_search")
    assert [name for name, rows in others.items() if PARCEL in str(rows)] == []


def test_events_and_their_deliveries_say_nothing_of_an_erased_buyer(written: Desk) -> None:
    for event in Event.select():
        Delivery.create(
            way="desk", event=event, order_ref=event.order_ref, state=DeliveryState.DEAD, made_at=written.now(),
            due_at=written.now(), error=f"The receiver said: no {PARCEL}.",
        )  # fmt: skip
    privacy.erase(written, MAIL)
    for number, said in ((1, "Shipped with (erased)."), (2, f"Shipped with {PARCEL}.")):
        mine = Event.select().where(Event.order_ref == order_of(number).id)
        assert said in [event.data.get("summary") for event in mine]
        errors = {row.error for row in Delivery.select().where(Delivery.order_ref == order_of(number).id)}
        assert errors == {"(erased)" if number == 1 else f"The receiver said: no {PARCEL}."}


@pytest.mark.postgres_only
def test_account_that_does_not_own_the_audit_erases_all_other_data(written: Desk) -> None:
    with roles(written, "admin") as (name,), connected(replace(written, actor=f"{name}(0)")):
        written.store.database.execute_sql("SELECT 1")
        assert audit.redact(written, [order_of(1).id], {PARCEL}) == 0
