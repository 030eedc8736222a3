"""Rights to change the settings of the installation: only an admin has them."""

from __future__ import annotations

import contextlib
import sqlite3

from command_line import CommandLine


def test_config_is_changed_by_admins_alone(bmtui: CommandLine) -> None:
    bmtui.ok("info")
    bmtui.ok("config", "set", "log_format=json")
    bmtui.ok("users", "set", "nobody", "--role", "operator", "--json")
    with contextlib.closing(sqlite3.connect(bmtui.home / "bmtui.sqlite")) as store, store:
        store.execute("UPDATE operators SET role = CASE account WHEN 'nobody' THEN 'admin' ELSE 'operator' END")
    refused = bmtui("config", "set", "log_format=text")
    assert refused.code == 3
    assert "Only an admin" in refused.err
    assert bmtui("config", "unset", "log_format").code == 3
    assert 'log_format = "json"' in (bmtui.home / "bmtui.toml").read_text()
