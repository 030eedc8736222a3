"""Removal of personal data on PostgreSQL with roles: only by an admin or the service."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import marked_rows
import pytest
from grants_case import connected, listed, roles, sent
from helpers import raw_line, raw_order, take_in
from marked_rows import MAIL, fill, left

from bmtui.desk.core.context import Desk
from bmtui.desk.operations import privacy
from bmtui.store.models import Effect, Order, Refund
from bmtui.words import EffectKind, Role

pytestmark = pytest.mark.postgres_only


@pytest.mark.parametrize("way", ["purge", "erase"])
def test_service_removes_all_that_is_personal(offline: Desk, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marked_rows, "THEN", datetime(2020, 1, 1, tzinfo=UTC))
    with offline.store.transaction():
        fill()
    with roles(offline, "worker") as (name,):
        service = replace(offline, actor=name)
        with connected(service):
            privacy.purge(service, 90) if way == "purge" else privacy.erase(service, MAIL)
    found = left(offline)
    assert found == set(), found


def test_admin_erases_a_buyer_whose_order_was_refunded(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 3)]))
    with roles(offline, "operator", "admin") as (operator, admin):
        ann, _ = listed(offline, 60001, operator)
        boss, _ = listed(offline, 60002, admin, Role.ADMIN)
        refund = sent(ann)
        Effect.update(state="confirmed", about="Refund of Marie Dupont").execute()
        Refund.update(state="confirmed", note="for Marie Dupont").execute()
        Order.update(customer_email=MAIL, status="completed").execute()
        with connected(boss):
            assert privacy.erase(boss, MAIL).orders == (1,)
    assert Effect.get().about == EffectKind.REFUND.label
    assert Refund.get_by_id(refund.id).note == "(erased)"
    assert Order.get().customer_email == ""
