"""Acting person where a service's account runs the desk for many: the name from sudo, and when it is trusted."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core import acting
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import account_checks

SERVICE, ANNA = 998, 60001


def called_by(uid: int | str) -> dict[str, str]:
    return {"SUDO_UID": str(uid)}


@pytest.fixture
def of_service(offline: Desk) -> Desk:
    """Desk whose SQLite file belongs to the service's account."""
    if os.getuid() != 0:
        pytest.skip("only root gives a file to another account")
    if offline.store.database.kind == "sqlite":
        os.chown(offline.store.database.where, SERVICE, -1)
    return offline


def test_caller_of_sudo_is_the_acting_person_in_a_process_of_the_stores_account(of_service: Desk) -> None:
    database = of_service.store.database
    assert acting.uid_of(database, called_by(ANNA), process=SERVICE) == ANNA
    assert acting.uid_of(database, {}, process=SERVICE) == SERVICE


def test_root_calling_sudo_acts_as_the_service(of_service: Desk) -> None:
    assert acting.uid_of(of_service.store.database, called_by(0), process=SERVICE) == SERVICE
    assert acting.uid_of(of_service.store.database, called_by(ANNA), process=0) == 0


@pytest.mark.parametrize("text", ["", "-1", "1001x", "١٠٠١", "99999999999", " 60001"])
def test_sudo_uid_that_is_no_account_number_is_ignored(of_service: Desk, text: str) -> None:
    assert acting.uid_of(of_service.store.database, called_by(text), process=SERVICE) == SERVICE


@pytest.mark.sqlite_only
def test_sudo_variable_is_ignored_if_the_store_belongs_to_another_account(of_service: Desk) -> None:
    assert acting.uid_of(of_service.store.database, called_by(ANNA), process=60002) == 60002


@pytest.mark.postgres_only
def test_sudo_variable_is_ignored_if_the_database_knows_the_account(
    offline: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = offline.store.database
    assert acting.uid_of(database, called_by(ANNA), process=60002) == ANNA
    monkeypatch.setattr(type(database), "may_work", lambda self: False)
    assert acting.uid_of(database, called_by(ANNA), process=60002) == 60002


@pytest.mark.sqlite_only
def test_desk_opened_through_sudo_has_the_rights_of_the_caller(
    of_service: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_UID", str(ANNA))
    monkeypatch.setattr(os, "getuid", lambda: SERVICE)
    opened = open_desk(of_service.settings)
    opened.store.close()
    assert opened.uid == ANNA
    assert opened.actor.split()[0].endswith(f"({ANNA})")


def test_account_shared_by_many_is_found_by_the_login(offline: Desk) -> None:
    desk = replace(offline, uid=SERVICE)
    shared = account_checks.login(desk, {}, SERVICE, ANNA)
    assert (shared.ok, f"({ANNA}) logged in and works as" in shared.message) == (False, True)
    assert not account_checks.login(desk, called_by(ANNA), SERVICE, None).ok
    assert account_checks.login(desk, {}, SERVICE, None).ok
    # Root may be anybody.
    assert account_checks.login(desk, called_by(0), SERVICE, ANNA).ok
    assert account_checks.login(replace(offline, uid=ANNA), called_by(ANNA), SERVICE, ANNA).ok


def test_a_person_who_owns_the_store_or_can_become_root_is_named(tmp_path: Path) -> None:
    file = tmp_path / "bmtui.sqlite"
    file.touch(0o600)
    own = os.getuid()
    assert account_checks.rights({ANNA: "anna"}, [file], {}).ok
    owner = account_checks.rights({own: "anna"}, [file], {"anna": "sudo"})
    assert not owner.ok
    assert f"anna owns {file}" in owner.message
    assert "anna is in the group sudo" in owner.message
    file.chmod(0o602)
    assert f"everybody may write {file}" in account_checks.rights({ANNA: "anna"}, [file], {}).message
