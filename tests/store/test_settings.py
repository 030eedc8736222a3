"""Folders of an installation, and error messages about a wrong bmtui.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from bmtui import configuration, settings
from bmtui.errors import ConfigError


def write(folder: Path, text: str | bytes) -> str:
    (folder / "bmtui.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(folder)


def test_home_of_an_installation_is_read_without_creating_files(tmp_path: Path) -> None:
    home = tmp_path / "home"
    found = settings.load(str(home), environ={"BMTUI_HOME": "/elsewhere"})
    assert {found.config, found.data, found.state} == {home}
    assert found.credentials.parent == home
    assert found.store_url == f"sqlite:///{home}/bmtui.sqlite"
    assert not home.exists()


def test_environment_variables_set_the_home_and_the_store(tmp_path: Path) -> None:
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
def test_settings_file_with_an_error_is_refused_with_the_place(tmp_path: Path, text: str | bytes, said: str) -> None:
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


def test_settings_keys_have_a_variable_a_default_and_an_origin(tmp_path: Path) -> None:
    folder = write(tmp_path, 'log_level = "debug"\nretention_days = 700\n')
    found = settings.load(folder, environ={"BMTUI_RETENTION_DAYS": "30"})
    assert found.values == {
        "log_format": "text",
        "log_level": "debug",
        "log_megabytes": 2,
        "log_files": 3,
        "retention_days": 30,
        "zone": "company",
    }
    assert found.origins["log_level"] == str(tmp_path / "bmtui.toml")
    assert (found.origins["retention_days"], found.origins["log_files"]) == ("BMTUI_RETENTION_DAYS", "default")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# a\n\nlog_levle = 'info'", "line 3: there is an unknown key 'log_levle'"),
        ("log_format = 'text'\nlog_level = 'loud'", "line 2: 'log_level' cannot be 'loud'"),
        ("\nretention_days = '90'", "line 2: 'retention_days' must be a whole number from 0 to 36500"),
        ("retention_days = true", "line 1: 'retention_days' must be"),
        ("retention_days = 40000", "line 1: 'retention_days' must be"),
        ("log_format = 'text'\n[logs]\nx = 1", "line 2: there is an unknown key 'logs'"),
        ("log_files = 3\nlog_level = \n", "not valid TOML: .*line 2"),
    ],
)
def test_wrong_settings_file_is_refused_with_the_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        settings.load(write(tmp_path, text), environ={})


def test_wrong_environment_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="BMTUI_LOG_LEVEL: 'log_level' cannot be"):
        settings.load(str(tmp_path), environ={"BMTUI_LOG_LEVEL": "loud"})


def test_settings_writing_keeps_comments_and_order_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "bmtui.toml"
    write(tmp_path, "# Mine.\nlog_level = 'info'  # quiet\n\n# Law.\nretention_days = 700\n")
    configuration.write(file, {"log_level": "debug", "log_files": "5", "retention_days": None})
    text = file.read_text()
    assert text.startswith("# Mine.\nlog_level = ")
    assert "# quiet" in text
    assert "# Law." in text
    assert configuration.read(file) == {"log_level": "debug", "log_files": 5}
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["bmtui.toml"]


def test_settings_schema_accepts_what_the_file_accepts() -> None:
    properties = configuration.schema()["properties"]
    assert list(properties) == [*configuration.BY_NAME, "notify"]
    assert properties["log_level"]["enum"] == ["debug", "info", "warning", "error"]
    assert (properties["retention_days"]["minimum"], properties["retention_days"]["maximum"]) == (0, 36_500)
    assert all(value["description"] for value in properties.values())


def test_a_password_in_the_store_is_not_shown(tmp_path: Path) -> None:
    found = settings.load(write(tmp_path, "store = 'postgresql://joe:s%3Fecret@host/db'"), environ={})
    assert found.store_shown == "postgresql://joe:…@host/db"
