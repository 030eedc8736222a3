"""`company edit`, `export`, `import` and `bmtui config` as a person and a script use them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import CommandLine
from terminal import Terminal

EDITOR = """#!{python}
import pathlib, sys
file = pathlib.Path(sys.argv[-1])
assert file.stat().st_mode & 0o077 == 0 or file.parent.stat().st_mode & 0o077 == 0
text = file.read_text()
for old, new in {changes!r}:
    if old in text:
        text = text.replace(old, new, 1)
        break
file.write_text(text)
"""


@pytest.fixture
def shop(bmtui: CommandLine) -> CommandLine:
    bmtui.add_company("http://127.0.0.1:9", "planted-token-4711")
    return bmtui


def editing(shop: CommandLine, tmp_path: Path, *changes: tuple[str, str]) -> Terminal:
    editor = tmp_path / "editor"
    editor.write_text(EDITOR.format(python=sys.executable, changes=changes))
    editor.chmod(0o755)
    env = shop.environment(VISUAL="", EDITOR=str(editor))
    return Terminal([sys.executable, "-m", "bmtui", "company", "edit"], env=env, columns=120)


def test_an_edit_shows_the_difference_and_asks_before_it_saves(shop: CommandLine, tmp_path: Path) -> None:
    with editing(shop, tmp_path, ("look_back_days = 60", "look_back_days = 30")) as terminal:
        terminal.wait_for("Look-back, days: 60 -> 30", "Save this?")
        assert shop.ok("company", "show", "--json").json["look_back_days"] == 60
        terminal.press("y", "enter")
        assert terminal.wait_exit() == 0
    assert shop.ok("company", "show", "--json").json["look_back_days"] == 30


def test_wrong_company_edit_opens_the_editor_again(shop: CommandLine, tmp_path: Path) -> None:
    changes = (("look_back_days = 60", "look_back_days = -6"), ("look_back_days = -6", "look_back_days = 6"))
    with editing(shop, tmp_path, *changes) as terminal:
        terminal.wait_for("is not a whole number", "Edit again?")
        terminal.press("enter")
        terminal.wait_for("Save this?")
        terminal.press("y", "enter")
        assert terminal.wait_exit() == 0
    assert shop.ok("company", "show", "--json").json["look_back_days"] == 6


def test_stale_company_edit_shows_the_changes_that_it_would_undo(shop: CommandLine, tmp_path: Path) -> None:
    with editing(shop, tmp_path, ("look_back_days = 60", "look_back_days = 30")) as terminal:
        terminal.wait_for("Save this?")
        shop.ok("company", "set", "Shop", "download_interval_min=45", "--json")
        terminal.press("y", "enter")
        terminal.wait_for("Somebody else saved", "Edit again?")
        terminal.press("enter")
        terminal.wait_for("Automatic download, minutes: 45 -> 15", "e edits again")
        terminal.press("n", "enter")
        assert terminal.wait_exit() == 3
    view = shop.ok("company", "show", "--json").json
    assert (view["look_back_days"], view["download_interval_min"]) == (60, 45)


def test_an_editor_that_failed_changes_nothing(shop: CommandLine) -> None:
    env = shop.environment(VISUAL="", EDITOR="false")
    with Terminal([sys.executable, "-m", "bmtui", "company", "edit"], env=env, columns=120) as terminal:
        terminal.wait_for("The editor ended with 1; nothing was changed.")
        assert terminal.wait_exit() == 2


def test_an_edit_needs_a_terminal(shop: CommandLine) -> None:
    assert shop("company", "edit").code == 2


def test_export_and_import_describe_an_installation(shop: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "shops.toml"
    file.write_text(shop.ok("company", "export").out.replace("look_back_days = 60", "look_back_days = 20"))
    assert "planted" not in file.read_text()
    assert shop.ok("company", "export", "--json").json["companies"]["Shop"]["look_back_days"] == 60
    tried = shop.ok("company", "import", str(file), "--dry-run", "--json").json
    assert tried["Shop"]["changes"] == [
        {"key": "look_back_days", "label": "Look-back, days", "before": "60", "after": "20"}
    ]
    assert shop.ok("company", "show", "--json").json["look_back_days"] == 60
    shop.ok("company", "import", str(file))
    assert shop.ok("company", "show", "--json").json["look_back_days"] == 20
    elsewhere = CommandLine(tmp_path / "elsewhere")
    told = elsewhere.ok("company", "import", str(file))
    assert "Shop has no token yet" in told.err
    assert elsewhere.ok("company", "show", "--json").json["look_back_days"] == 20
    assert elsewhere("company", "test").code == 2
    assert shop("company", "import", str(tmp_path / "none.toml")).code == 2


def test_company_set_with_dry_run_changes_nothing(shop: CommandLine) -> None:
    tried = shop.ok("company", "set", "Shop", "look_back_days=20", "--dry-run")
    assert "Look-back, days: 60 -> 20" in tried.out
    assert shop.ok("company", "show", "--json").json["look_back_days"] == 60


def test_config_is_written_checked_and_printed(bmtui: CommandLine) -> None:
    assert "that is fine" in bmtui.ok("config", "check").out
    bmtui.ok("config", "set", "log_format=json", "retention_days=700", "--json")
    info = bmtui.ok("info", "--json").json
    assert info["values"]["log_format"] == {"value": "json", "from": str(bmtui.home / "bmtui.toml")}
    assert info["values"]["store"]["from"] == "default"
    assert info["paths"]["configuration"]["exists"]
    bmtui.ok("config", "unset", "log_format", "--json")
    assert bmtui.ok("info", "--json").json["values"]["log_format"] == {"value": "text", "from": "default"}
    assert bmtui("config", "set", "log_level=loud").code == 2
    assert bmtui("config", "set", "store=mysql://x").code == 2
    assert bmtui("config", "set", "log_files").code == 2
    assert bmtui.ok("config", "schema", "--json").json["properties"]["log_level"]["enum"]
    assert bmtui.ok("info", "--json").json["values"]["store"]["from"] == "default"


def test_invalid_config_change_leaves_the_file_unchanged(bmtui: CommandLine) -> None:
    file = bmtui.home / "bmtui.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"# Mine.\r\nlog_files = 5\r\n")
    assert "not one that this release can open" in bmtui("config", "set", "store=mysql://x").err
    assert file.read_bytes() == b"# Mine.\r\nlog_files = 5\r\n"
    file.write_bytes(b"# M\xe9ine.")
    assert "cannot be read" in bmtui("config", "set", "log_files=6").err


def test_a_json_log_is_one_object_a_line(bmtui: CommandLine) -> None:
    code = (
        "from bmtui import settings; from bmtui.cli import logs; logs.begin(settings.load());"
        "logs.log.warning('a %s', 'b\\nc')"
    )
    subprocess.run([sys.executable, "-c", code], env=bmtui.environment(BMTUI_LOG_FORMAT="json"), check=True)
    (line,) = (bmtui.home / "bmtui.log").read_text().splitlines()
    entry = json.loads(line)
    assert (entry["level"], entry["logger"], entry["message"]) == ("warning", "bmtui", "a b\nc")
    assert entry["at"].endswith("Z")


def test_a_log_is_rotated_and_stays_private(bmtui: CommandLine) -> None:
    code = (
        "from bmtui import settings; from bmtui.cli import logs; logs.begin(settings.load())\n"
        "for n in range(1200): logs.log.warning('x' * 1000)"
    )
    subprocess.run([sys.executable, "-c", code], env=bmtui.environment(BMTUI_LOG_MEGABYTES="1"), check=True)
    files = sorted(path.name for path in bmtui.home.glob("bmtui.log*"))
    assert files == ["bmtui.log", "bmtui.log.1"]
    assert all((bmtui.home / name).stat().st_mode & 0o777 == 0o600 for name in files)
