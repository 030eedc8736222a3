"""Copy of a store: the source is paused, and each of the two knows which it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from helpers import raw_line, raw_order, take_in

from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import sending_pauses
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import moving, store_checks
from bmtui.errors import RuleRefused, StoreError
from bmtui.store import copying
from bmtui.store.models import StoreMark


def test_copied_store_is_paused_and_the_copy_sends(offline: Desk, new_store: str) -> None:
    take_in(offline, raw_order(1, [raw_line(11)]))
    copied = moving.copy(offline.settings, offline.settings.store_url, new_store)
    assert copied.rows["orders"] == 1
    (pause,) = sending_pauses.standing(offline)
    assert pause.reason == f"It was copied to {copied.target}, where the work goes on."
    told = store_checks.examine(offline)[1]
    assert not told.ok
    assert f"copied to {copied.target}" in told.message
    offline.store.close()
    here = open_desk(replace(offline.settings, store_url=new_store))
    try:
        assert sending_pauses.standing(here) == ()
        told = store_checks.examine(here)[1]
        assert told.ok
        assert f"copied from {copied.source}" in told.message
    finally:
        here.store.close()


def test_copy_of_a_paused_store_leaves_both_stores_paused(offline: Desk, new_store: str) -> None:
    sending_pauses.pause(offline, "Stock-taking")
    moving.copy(offline.settings, offline.settings.store_url, new_store)
    offline.store.close()
    here = open_desk(replace(offline.settings, store_url=new_store))
    try:
        assert [pause.reason for pause in sending_pauses.standing(here)] == ["Stock-taking"]
    finally:
        here.store.close()


def test_failed_store_copy_does_not_pause_the_source(
    offline: Desk, new_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(copying, "copy_store", broken)
    with pytest.raises(StoreError, match="disk is full"):
        moving.copy(offline.settings, offline.settings.store_url, new_store)
    assert sending_pauses.standing(offline) == ()
    assert not StoreMark.select().exists()


def test_only_an_admin_copies_a_store(offline: Desk, new_store: str) -> None:
    permissions.set_rights(offline, "60001", role="admin")
    permissions.set_rights(offline, str(offline.uid), role="operator")
    with pytest.raises(RuleRefused, match="Only an admin"):
        moving.copy(offline.settings, offline.settings.store_url, new_store)
    assert sending_pauses.standing(offline) == ()
