"""Removal of personal data on PostgreSQL with roles: only by an admin or the service."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import marked_rows
import pytest
from grants_case import connected, listed, roles, sent
from helpers import raw_line, raw_order, take_in
from marked_rows import MAIL, fill, left

from bmtui.desk.core import acting, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import privacy
from bmtui.errors import RuleRefused
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


def test_service_that_no_list_names_runs_jobs_and_purges(offline: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 3)]))
    Order.update(
        status="completed", customer_email=MAIL, updated_at=datetime(2020, 1, 1, tzinfo=UTC), channel_status="shipped"
    ).execute()
    with roles(offline, "worker", "operator") as (name, operator):
        listed(offline, 60001, operator)
        monkeypatch.setattr(acting, "account_of", {60001: operator, 60002: name, 60003: "carl"}.__getitem__)
        service, other = (replace(offline, uid=uid, actor=f"{name}({uid})") for uid in (60002, 60003))
        with connected(service):
            service.must_write()
            with pytest.raises(RuleRefused, match="Only an admin"):
                permissions.must_be_admin(service)
            privacy.purge(service, 90)
            # Through the service's account somebody else is nobody.
            assert (other.role, other.is_service) == (Role.VIEWER, False)
        # The owner and superusers are held by nothing, and are not the service for that.
        owner = replace(offline, uid=60003)
        assert (owner.role, owner.is_service) == (Role.VIEWER, False)
    assert Order.get().customer_email == ""


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
