"""Events: written in the transaction of what happened, each with a schema, none with personal data."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from helpers import add_company, order_of, raw_line, raw_order, take_in
from json_schema import wrong
from planning import plan_accept, plan_ship

import bmtui
from bmtui.desk.companies import sending_pauses
from bmtui.desk.core import json_values
from bmtui.desk.core.context import Desk
from bmtui.desk.events import catalogue, events
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import effects
from bmtui.desk.tags import tags
from bmtui.errors import ConfigError
from bmtui.queue import jobs, outages
from bmtui.store import event_rows
from bmtui.store.models import Company, Event
from bmtui.words import EffectState, JobStatus, JobType


def names(desk: Desk) -> list[str]:
    return [event.event for event in reversed(events.listing(desk, limit=1000))]


def envelope(event: events.EventView) -> dict[str, Any]:
    return {
        "id": event.id,
        "event": event.event,
        "at": str(json_values.time(event.at)),
        "company": event.company or None,
        "order_id": event.order_id,
        "actor": event.actor,
        "data": json.loads(json.dumps(event.data)),
    }


def test_written_events_fit_their_schemas(offline: Desk) -> None:
    desk = offline
    take_in(desk, raw_order(1, [raw_line(10, 1)]), raw_order(2, [raw_line(20, 2)]), {"order_id": 3, "state": "?"})
    company = Company.get()
    with desk.store.transaction():
        for state in (EffectState.REJECTED, EffectState.NOT_APPLIED, EffectState.NEEDS_PERSON, EffectState.CONFIRMED):
            effect = effects.of_job(plan_ship(desk, order_of(2)))[0]
            effects.settle(desk, effect, state)
            if state == EffectState.NEEDS_PERSON:
                effects.settle(desk, effect, EffectState.WITHDRAWN)
    sending_pauses.stop_for_token(desk, company)
    outages.begin(desk.store, "https://nowhere.example", "no route")
    outages.begin(desk.store, "https://nowhere.example", "no route")
    outages.end(desk.store, "https://nowhere.example")
    jobs.submit(desk.store, JobType.ORDER_DOWNLOAD, by="me", company_id=company.id)
    while (claim := jobs.claim(desk.store, "me")) is not None and claim.type != JobType.ORDER_DOWNLOAD:
        pass
    assert claim is not None
    with desk.store.transaction():
        jobs.finish(claim, JobStatus.FAILED, output={}, error="for Marie Dupont", error_kind="Refused")
    tags.tag(desk, 1, add=["vip"])
    take_in(desk, raw_order(1, [raw_line(10, 4)], date_modification="2026-11-03T10:00:00+00:00"))
    written = set(names(desk))
    assert written == {
        *("order.created", "order.paid", "order.changed", "order.quarantined", "order.cancelled_by_buyer"),
        *("effect.refused", "effect.not_applied", "effect.unknown", "effect.confirmed", "upload.failed"),
        *("token.refused", "channel.away", "channel.back", "job.failed"),
    }
    for event in events.listing(desk, limit=1000):
        schema = catalogue.schema(catalogue.BY_NAME[event.event])
        assert list(wrong(envelope(event), schema)) == []
        assert "Marie" not in json.dumps(event.data)
    assert names(desk).count("channel.away") == 1


def test_unknown_event_or_field_raises(offline: Desk) -> None:
    with pytest.raises(KeyError):
        events.happened(offline, "order.vanished", {})
    with pytest.raises(AssertionError):
        events.happened(offline, "token.refused", {"token": "secret"})


def test_events_of_a_rolled_back_transaction_are_not_written(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(10, 1)]))
    before = names(offline)

    class Stop(Exception):
        pass

    def breaks() -> None:
        with offline.store.transaction():
            plan_accept(offline, order_of(1))
            tags.tag(offline, 1, add=["vip"])
            raise Stop

    with pytest.raises(Stop):
        breaks()
    assert names(offline) == before


def test_event_with_the_same_subject_is_written_once(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(10)]))
    for _ in range(3):
        with offline.store.transaction():
            event_rows.append("order.late", data={"ship_by": "x"}, order_row=order_of(1).id, subject="1:now")
    assert names(offline).count("order.late") == 1


def test_cancellation_by_the_desk_is_no_buyer_cancelled_event(offline: Desk) -> None:
    from bmtui.desk.cancellation import on_channel

    take_in(offline, raw_order(1, [raw_line(10, 1)]))
    on_channel.send(offline, 1, (), order_of(1).version)
    take_in(offline, raw_order(1, [raw_line(10, 4)], date_modification="2026-11-03T10:00:00+00:00"))
    assert order_of(1).channel_status == "cancelled"
    assert "order.cancelled_by_buyer" not in names(offline)


def test_events_are_listed_by_name_order_and_last_id(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(10)]), raw_order(2, [raw_line(20)]))
    orders.add_note(offline, 1, "A note")
    tags.tag(offline, 1, add=["vip"])
    assert {event.event for event in events.listing(offline, name="order")} >= {"order.created", "order.changed"}
    assert [event.order_id for event in events.listing(offline, name="order.created")] == [2, 1]
    (newest,) = events.listing(offline, order_id=1, limit=1)
    assert (newest.event, newest.data["action"], newest.actor) == ("order.changed", "order.tagged", offline.actor)
    assert events.listing(offline, after=newest.id) == ()
    assert [event.id for event in events.listing(offline, after=newest.id - 1)] == [newest.id]
    assert events.listing(offline, since=offline.now() + timedelta(hours=1)) == ()
    with pytest.raises(ConfigError, match="no event"):
        events.listing(offline, name="order.eaten")


def test_events_of_a_name_are_not_those_of_a_longer_one_nor_of_another_company(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(10)]))
    add_company(offline, "Other")
    take_in(offline, raw_order(1, [raw_line(10)]), company="Other")
    with offline.store.transaction():
        for name in ("order.late", "order.late_soon"):
            event_rows.append(name, data={"ship_by": "x"}, order_row=order_of(1).id)
    assert [event.event for event in events.listing(offline, name="order.late")] == ["order.late"]
    found = events.listing(offline.of_company("Other"), name="order.created")
    assert [(event.company, event.order_id) for event in found] == [("Other", 1)]


def test_new_event_reader_begins_at_the_end_and_continues_from_its_mark(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(10)]))
    with offline.store.transaction():
        begun = events.mark(offline, "me")
    assert begun == events.last() == Event.select().count()
    take_in(offline, raw_order(2, [raw_line(20)]))
    with offline.store.transaction():
        assert events.mark(offline, "me") == begun
        other = events.mark(offline, "other")
        take_in(offline, raw_order(3, [raw_line(30)]))
        events.move_mark(offline, "me", events.last())
        assert events.mark(offline, "me") > other > begun
        assert events.mark(offline, "other") == other


def test_every_event_of_the_catalogue_is_made_somewhere() -> None:
    written = [path.read_text(encoding="utf-8") for path in Path(bmtui.__file__).parent.rglob("*.py")]
    assert [name for name in catalogue.BY_NAME if sum(f'"{name}"' in text for text in written) < 2] == []
