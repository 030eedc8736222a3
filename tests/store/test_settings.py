"""Where an installation lies, and what a wrong bmtui.toml is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bmtui import settings
from bmtui.errors import ConfigError


def write(folder: Path, text: str | bytes) -> str:
    (folder / "bmtui.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(folder)


def test_a_home_holds_everything_and_nothing_is_created(tmp_path: Path) -> None:
    home = tmp_path / "home"
    found = settings.load(str(home), environ={"BMTUI_HOME": "/elsewhere"})
    assert {found.config, found.data, found.state} == {home}
    assert found.credentials.parent == home
    assert found.store_url == f"sqlite:///{home}/bmtui.sqlite"
    assert not home.exists()


def test_the_environment_names_the_home_and_overrides_the_store(tmp_path: Path) -> None:
    write(tmp_path, 'store = "sqlite:///mine.sqlite"')
    assert settings.load(environ={"BMTUI_HOME": str(tmp_path)}).store_url == f"sqlite:///{tmp_path}/mine.sqlite"
    found = settings.load(environ={"BMTUI_HOME": str(tmp_path), "BMTUI_STORE": "sqlite:////there/x.sqlite"})
    assert (found.store_url, found.store_from) == ("sqlite:////there/x.sqlite", "BMTUI_STORE")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stroe = 'x'", "unknown key 'stroe'"),
        ("store = 3", "must be a text"),
        ("store = ", "not valid TOML"),
        (b"store = '\xff'", "cannot be read"),
        ("store = 'mysql://joe:secret@host/db'", "not one that this release can open"),
        ("store = 'joe:secret'", "not one that this release can open"),
        ("store = 'postgresql://joe:my@secret@host/db'", "URL .* cannot be read"),
        ("store = 'postgresql://joe:my/secret@host/db'", "URL .* cannot be read"),
        ("store = 'postgresql://joe:my#secret@host/db'", "URL .* cannot be read"),
        ("store = 'postgresql://joe:my?secret@host/db'", "URL .* cannot be read"),
        ("store = 'postgresql://joe:secret@host'", "URL .* cannot be read"),
        ("store = 'postgresql://joe:secret@host:secret/db'", "URL .* cannot be read"),
        ("store = 'sqlite:///'", "not one that this release can open"),
    ],
)
def test_a_wrong_file_is_refused_and_says_where(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        settings.load(write(tmp_path, text), environ={})
    assert str(tmp_path / "bmtui.toml") in caught.value.message
    assert caught.value.advice
    assert "secret" not in str(caught.value)


def test_a_postgresql_url_is_taken_as_it_is_and_its_password_is_not_shown(tmp_path: Path) -> None:
    url = "postgresql://joe:s%40cret@one:5432,two:5433/db?sslmode=require"
    found = settings.load(write(tmp_path, f'store = "{url}"'), environ={})
    assert found.store_url == url
    assert "cret" not in repr(found)


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bmtui.toml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        settings.load(str(tmp_path), environ={})
