"""Commands with standard streams that are closed, full or ASCII only, and with hostile files and texts."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
from pathlib import Path

from command_line import COMMAND, CommandLine

from bmtui.text import MOST_MARKS


def in_shell(bmtui: CommandLine, line: str, **more: str) -> subprocess.CompletedProcess[str]:
    whole = f"{' '.join(COMMAND[:-2])} -m bmtui {line}"
    return subprocess.run(
        ["/bin/sh", "-c", whole],
        env=bmtui.environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_output_onto_a_full_disk_is_told_in_a_sentence(bmtui: CommandLine) -> None:
    for line in ("info", "help reference", "info --json"):
        ran = in_shell(bmtui, f"{line} > /dev/full")
        assert ran.returncode == 1, ran
        assert "The output cannot be written: No space left on device" in ran.stderr
        assert "Traceback" not in ran.stderr
        assert "Exception ignored" not in ran.stderr


def test_closed_standard_output_is_no_error_and_damages_no_file(shop_bmtui: CommandLine) -> None:
    ran = in_shell(shop_bmtui, "company list --json >&-")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert in_shell(shop_bmtui, "company list >&- 2>&- <&-").returncode == 0
    assert len(shop_bmtui.ok("company", "list", "--json").json) == 1


def test_output_in_ascii_keeps_every_value(shop_bmtui: CommandLine) -> None:
    shop_bmtui.ok("company", "set", "Shop", "user_agent_company=Läden")
    whole = shop_bmtui.ok("company", "list", "--json").json
    ran = in_shell(shop_bmtui, "company list --json", PYTHONIOENCODING="ascii")
    assert ran.returncode == 0, ran
    assert json.loads(ran.stdout) == whole
    assert in_shell(shop_bmtui, "help reference", PYTHONIOENCODING="ascii").returncode == 0


def test_restore_of_a_named_pipe_is_refused_and_does_not_wait(bmtui: CommandLine, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for options in (("--dry-run",), ("--yes",)):
        refused = bmtui("restore", str(tmp_path / "pipe"), *options)
        assert refused.code == 2
        assert "it is a pipe, not a file" in refused.err


def test_settings_nested_thousands_deep_are_refused_in_a_sentence(bmtui: CommandLine) -> None:
    bmtui.home.mkdir(exist_ok=True)
    (bmtui.home / "bmtui.toml").write_text(f"log_format = {'[' * 20_000}{']' * 20_000}\n")
    for words in (("info",), ("config", "check"), ("config", "set", "log_format=json")):
        refused = bmtui(*words)
        assert refused.code == 2, refused
        assert "nested too deeply" in refused.err


def test_lone_surrogate_in_a_text_is_exported_as_it_came(stocked_bmtui: CommandLine) -> None:

    bmtui = stocked_bmtui
    found = bmtui.ok("orders", "search", "channel:shipped", "--json").json
    order = next(order for order in found if order["customer"]["email"])
    mail = order["customer"]["email"]
    with contextlib.closing(sqlite3.connect(bmtui.home / "bmtui.sqlite")) as store, store:
        row = store.execute("SELECT payload FROM inbox WHERE order_id = ?", (order["order_id"],)).fetchone()
        payload = json.loads(row[0]) | {"remark": "half \ud800 of one"}
        store.execute("UPDATE inbox SET payload = ? WHERE order_id = ?", (json.dumps(payload), order["order_id"]))
    found = bmtui.ok("privacy", "export", mail, "--json").json
    assert "half \ud800 of one" in [one["as_it_came"].get("remark") for one in found]


def test_hundreds_of_combining_marks_on_a_letter_are_not_printed(shop_bmtui: CommandLine) -> None:

    name = "a" + "\u0301" * 300
    with contextlib.closing(sqlite3.connect(shop_bmtui.home / "bmtui.sqlite")) as store, store:
        store.execute("UPDATE companies SET user_agent_company = ?", (name,))
    assert shop_bmtui.ok("company", "show", "Shop").out.count("\u0301") <= MOST_MARKS
    assert shop_bmtui.ok("company", "show", "Shop", "--json").out.count("\u0301") == 300


def test_control_characters_of_the_store_reach_no_terminal(shop_bmtui: CommandLine) -> None:
    hostile = "\x1b]0;t\x07\x1b[31m\u202e\x9b31m\x7f"
    with contextlib.closing(sqlite3.connect(shop_bmtui.home / "bmtui.sqlite")) as store, store:
        store.execute("UPDATE companies SET user_agent_company = ?", (hostile,))
    for words in (["show", "Shop"], ["list"], ["show", "Shop", "--json"]):
        ran = shop_bmtui.ok("company", *words)
        assert not set(hostile) & {"\x1b", "\x07", "\x9b", "\x7f", "\u202e"} & set(ran.out + ran.err), words
    assert hostile in shop_bmtui.ok("company", "show", "Shop", "--json").json.values()
