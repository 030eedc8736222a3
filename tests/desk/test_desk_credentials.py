"""Where tokens come from: a systemd credential, a private file, the environment; each checked, each read afresh."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bmtui.desk import companies, credentials
from bmtui.desk.context import Desk
from bmtui.errors import ConfigError


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of systemd credentials."""
    folder = tmp_path / "credentials.d"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def place(file: Path, text: str, mode: int = 0o400) -> None:
    file.unlink(missing_ok=True)
    file.write_text(text)
    file.chmod(mode)


def token(desk: Desk) -> str:
    return companies.connection(desk, desk.company_row()).token


def test_a_credential_comes_before_the_file_and_is_read_afresh(offline: Desk, given: Path) -> None:
    assert token(offline) == "a-token"
    place(given / "company-1.token", "from-systemd\n")
    assert token(offline) == "from-systemd"
    place(given / "company-1.token", "rotated")
    assert token(offline) == "rotated"
    (given / "company-1.token").unlink()
    assert token(offline) == "a-token"


def test_a_credential_can_be_named(offline: Desk, given: Path) -> None:
    companies.change(offline, None, {"token_source": "credential:shop.token"})
    with pytest.raises(ConfigError, match="LoadCredential=shop"):
        token(offline)
    place(given / "shop.token", "from-systemd")
    assert token(offline) == "from-systemd"


def test_a_named_credential_needs_a_service(offline: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    companies.change(offline, None, {"token_source": "credential:shop.token"})
    with pytest.raises(ConfigError, match="this process has no credentials"):
        token(offline)


@pytest.mark.parametrize("how", ["world", "writable", "symlink", "folder"])
def test_a_credential_that_others_could_have_touched_is_not_used(offline: Desk, given: Path, how: str) -> None:
    file = given / "company-1.token"
    place(file, "from-systemd")
    if how == "world":
        file.chmod(0o404)
    elif how == "writable":
        file.chmod(0o420)
    elif how == "symlink":
        file.rename(given / "real")
        file.symlink_to(given / "real")
    else:
        file.unlink()
        file.mkdir()
    with pytest.raises(ConfigError, match=r"not a plain file|cannot be read"):
        token(offline)


def test_a_group_that_systemd_lets_read_is_fine(offline: Desk, given: Path) -> None:
    place(given / "company-1.token", "from-systemd", 0o440)
    assert token(offline) == "from-systemd"


def test_a_folder_that_others_can_write_to_is_not_trusted(offline: Desk) -> None:
    offline.settings.credentials.chmod(0o777)
    with pytest.raises(ConfigError, match="chmod 700"):
        token(offline)


def test_a_folder_of_another_account_is_not_trusted(offline: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    there = offline.settings.credentials.stat().st_uid
    monkeypatch.setattr(os, "getuid", lambda: there + 1)
    if there:
        with pytest.raises(ConfigError, match="belongs to another account"):
            token(offline)
    else:
        with pytest.raises(ConfigError, match="not a plain file"):
            token(offline)


@pytest.mark.parametrize("source", ["file2", "env:", "env:two words", "credential:../x", "credential:", "secret-token"])
def test_a_source_that_is_none_is_refused(source: str) -> None:
    with pytest.raises(ConfigError):
        credentials.source(source)
