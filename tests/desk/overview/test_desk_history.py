"""History: an order as it was at any time, and the evidence pack."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from helpers import COMPANY, add_company, raw_folder, raw_line, raw_order, take_in
from pypdf import PdfReader

from bmtui.desk.after_sales import folder_store
from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox import effects
from bmtui.desk.overview import evidence
from bmtui.desk.overview import history as order_history
from bmtui.desk.overview import order as overview
from bmtui.desk.overview.views import OrderView
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.errors import ConfigError, NotFound
from bmtui.money import Money
from bmtui.store.models import Effect
from bmtui.words import EffectState

BEGIN = datetime(2026, 11, 20, 8, tzinfo=UTC)


def raw(state: int, modified: int, **more: Any) -> dict[str, Any]:
    line = raw_line(11, state, "100.00", "ONE", **more)
    at = (BEGIN + timedelta(hours=modified)).isoformat()
    return raw_order(1, [line], state=3 if state == 2 else 9, date_modification=at)


def told(view: OrderView) -> dict[str, Any]:
    return {
        "status": view.row.status,
        "channel": view.row.channel_status,
        "payment": view.row.payment_status,
        "refunded": view.row.refunded.decimal,
        "line": (view.lines[0].state, view.lines[0].imei, view.lines[0].refunded.decimal),
        "refunds": [refund.state for refund in view.refunds],
        "counted": [payment.counted for payment in view.payments if payment.kind == "refund"],
        "notes": [note.text for note in view.notes],
        "history": [entry.action for entry in view.history],
    }


def test_an_order_is_shown_as_it_was_at_every_moment(offline: Desk) -> None:
    seen: list[tuple[datetime, dict[str, Any]]] = []

    def at(hour: int) -> Desk:
        return replace(offline, now=lambda: BEGIN + timedelta(hours=hour))

    def look(hour: int) -> None:
        seen.append((BEGIN + timedelta(hours=hour, minutes=30), told(overview.show(offline, 1))))

    take_in(at(0), raw(2, 0))
    look(0)
    internal_cancel.cancel_internally(at(1), 1, "on_hold", "The buyer rang.")
    look(1)
    internal_cancel.bring_back(at(2), 1, "in_process")
    look(2)
    take_in(at(3), raw(3, 3, imei="356938035643809"))
    look(3)
    refunds.issue(at(4), 1, RefundRequest(lines={11: Money(2500, "EUR")}))
    look(4)
    with offline.store.transaction():
        effects.settle(at(5), Effect.get(), EffectState.REJECTED, error="sku not found")
    look(5)
    refunds.issue(at(6), 1, RefundRequest("issue_refund", amount=Money(10500, "EUR")))
    look(6)
    assert [one["status"] for _, one in seen] == [
        "in_process", "on_hold", "in_process", "completed", "completed", "completed", "completed",
    ]  # fmt: skip
    assert seen[4][1]["counted"] == [True]
    assert seen[5][1]["counted"] == [False]
    late = at(9)
    for moment, was in seen:
        view = order_history.at(late, 1, moment)
        assert told(view) == was, moment
        assert f"{moment:%H:%M}" in view.channel_belief
    with pytest.raises(NotFound, match="did not exist"):
        order_history.at(late, 1, datetime(2026, 10, 1, tzinfo=UTC))
    with pytest.raises(ConfigError, match="future"):
        order_history.at(late, 1, BEGIN + timedelta(days=30))


def test_history_of_an_untouched_order_shows_it_as_it_is(offline: Desk) -> None:
    take_in(offline, raw(2, 0))
    view = order_history.at(offline, 1, BEGIN)
    assert told(view) == told(overview.show(offline, 1))


def test_history_shows_no_parcel_that_left_later(offline: Desk) -> None:
    take_in(offline, raw(2, 0))
    at = replace(offline, now=lambda: BEGIN + timedelta(hours=5))
    shipping.ship(at, 1, ShipRequest(tracking="1Z999AA10123456784", carrier="ups", accept_doubts=True))
    found = [order_history.at(at, 1, BEGIN + timedelta(hours=hours)).shipments for hours in (4, 5)]
    assert [[parcel.tracking_number for parcel in parcels] for parcels in found] == [[], ["1Z999AA10123456784"]]


def test_evidence_pack_leaves_out_messages_of_another_companys_order_of_the_same_number(offline: Desk) -> None:
    add_company(offline, "Other")
    for number, company in ((7, COMPANY), (8, "Other")):
        mine = offline.of_company(company)
        take_in(mine, raw(2, 0))
        folder = raw_folder(number, 1, 11, "ONE", f"Of {company}", date_creation="2026-11-20T10:00:00Z")
        with offline.store.transaction():
            assert folder_store.keep(offline, mine.company_row().id, number, folder) == ""
    pack = evidence.collect(offline.of_company("Other"), 1)
    assert [(message["folder_id"], message["text"]) for message in pack["messages"]] == [(8, "Of Other")]


def test_evidence_pack_is_complete_and_its_hashes_are_right(offline: Desk, tmp_path: Path) -> None:
    take_in(offline, raw(3, 0, imei="356938035643809", product="日本 ✈ phone"), raw_order(2, [raw_line(21)]))
    refunds.issue(offline, 1, RefundRequest(lines={11: Money(2500, "EUR")}, note="dead pixel"))
    orders.add_note(offline, 1, "The buyer sent a photo.")
    refunds.issue(offline, 2, RefundRequest())
    pdf, text = tmp_path / "order.pdf", tmp_path / "order.json"
    digest = evidence.write(offline, 1, text)
    data = text.read_bytes()
    assert hashlib.sha256(data).hexdigest() == digest
    assert text.stat().st_mode & 0o777 == 0o600
    pack = json.loads(data)
    assert pack["lines"][0]["imei"] == "356938035643809"
    assert [refund["note"] for refund in pack["refunds"]] == ["dead pixel"]
    assert [note["text"] for note in pack["notes"]] == ["The buyer sent a photo."]
    assert [sent["path"] for sent in pack["sent_to_back_market"]] == ["/ws/sav/refund"]
    assert [entry["action"] for entry in pack["timeline"]] == ["refund.issued"]
    assert pack["audit_chain"]["whole"]
    assert "80101" not in data.decode()
    for name, known in pack["hashes"].items():
        canonical = json.dumps(pack[name], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(canonical.encode()).hexdigest() == known, name
    assert outbox.listing(offline)
    evidence.write(offline, 1, pdf)
    assert pdf.read_bytes().startswith(b"%PDF-")
    for wrong in (tmp_path / "order.txt", text, pdf):
        with pytest.raises(ConfigError):
            evidence.write(offline, 1, wrong)
    with pytest.raises(NotFound):
        evidence.write(offline, 9, tmp_path / "none.json")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["order.json", "order.pdf"]


def test_evidence_pack_prints_a_right_to_left_name(offline: Desk, tmp_path: Path) -> None:
    address = {"first_name": "محمد", "last_name": "علي", "street": "דירה 3", "country": "FR"}
    take_in(offline, raw_order(1, [raw_line(11, 2)], state=3, shipping_address=address))
    evidence.write(offline, 1, tmp_path / "pack.pdf")
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "pack.pdf").pages)
    assert "محمد علي" in text
    assert "דירה" in text
    assert "\ufffd" not in text


def test_evidence_pack_says_that_the_audit_was_tampered_with(offline: Desk) -> None:
    take_in(offline, raw(3, 0))
    refunds.issue(offline, 1, RefundRequest())
    database = offline.store.database
    of = " ON audit" if database.kind == "postgres" else ""
    database.execute_sql(f"DROP TRIGGER audit_never_changes{of}")
    database.execute_sql("UPDATE audit SET summary = 'nothing'")
    pack = evidence.collect(offline, 1)
    assert not pack["audit_chain"]["whole"]
    assert ("Audit", "TAMPERED WITH: see 'bmtui audit verify'") in next(iter(evidence.sections(pack)))[1]


def test_what_happened_at_the_very_moment_has_happened(offline: Desk) -> None:
    take_in(offline, raw(2, 0))
    ordered = datetime(2026, 11, 1, 10, tzinfo=UTC)
    paid, later = ordered + timedelta(minutes=5), BEGIN + timedelta(days=30)
    desk = replace(offline, now=lambda: later)
    orders.add_note(desk, 1, "Hello")
    assert [len(order_history.at(desk, 1, at).payments) for at in (ordered, paid - timedelta(seconds=1), paid)] == [
        0,
        0,
        1,
    ]
    before, now = (order_history.at(desk, 1, at) for at in (later - timedelta(seconds=1), later))
    assert [len(view.notes) for view in (before, now)] == [0, 1]


def test_line_with_a_serial_number_alone_was_registered(offline: Desk) -> None:
    take_in(offline, raw(3, 0, serial_number="C02XK0AAJG5H"))
    (line,) = order_history.at(offline, 1, offline.now()).lines
    assert (line.imei or "", line.serial_number, line.identifier_state) == ("", "C02XK0AAJG5H", "registered")
