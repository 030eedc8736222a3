"""Commands `bmtui info` and `bmtui config`: paths and values with their sources, and changes of `bmtui.toml`."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
from typing import Any

from bmtui import __version__, configuration, settings
from bmtui.cli import exit_codes
from bmtui.cli.options import Commands, command, group, refuse_read_only
from bmtui.cli.output import emit_one, say
from bmtui.errors import ConfigError
from bmtui.settings import Settings


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    command(commands, common, "info", _info)
    sub = group(commands, "config")
    command(sub, common, "check", _check, "read bmtui.toml and say what is wrong, with the line")
    setting = command(sub, common, "set", _set, "change bmtui.toml, keeping its comments")
    setting.add_argument("changes", nargs="+", metavar="KEY=VALUE", help=", ".join(configuration.BY_NAME))
    removing = command(sub, common, "unset", _unset, "remove keys from bmtui.toml: they have their defaults again")
    removing.add_argument("keys", nargs="+", metavar="KEY")
    command(sub, common, "schema", _schema, "the JSON schema of bmtui.toml, for editors")


def _info(args: argparse.Namespace) -> int:
    found = settings.load(args.home)
    document = describe(found)
    rows = [(name, place["path"], place["note"]) for name, place in document["paths"].items()]
    values = [(name, str(entry["value"]), f"from {entry['from']}") for name, entry in document["values"].items()]
    first = [
        f"bmtui {document['version']} · Python {document['python']} · {document['sqlite']}",
        f"Database schema {document['schema']}.",
        f"Folders from {document['home_from']}.",
        "",
    ]
    emit_one(args, document, [*first, *_table(rows), "", *_table(values)])
    return exit_codes.DONE


def describe(found: Settings) -> dict[str, Any]:
    """Return the document that `info` prints, without opening the store."""
    from bmtui.store.migrations import LATEST
    from bmtui.store.sqlite import library

    name, version = library()
    paths = {
        "configuration": found.file,
        "screens": found.config / "screens.toml",
        "credentials": found.credentials,
        "data": found.data,
        "log": found.log_file,
        "crash reports": found.state / "crashes",
    }
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    document: dict[str, Any] = {
        "version": __version__,
        "python": platform.python_version(),
        "sqlite": f"SQLite {'.'.join(map(str, version))} ({name})",
        "schema": LATEST,
        "home_from": found.home_from,
        "paths": {
            name: {"path": str(path), "exists": path.exists(), "note": "" if path.exists() else "not there yet"}
            for name, path in paths.items()
        },
        "values": {"store": {"value": found.store_shown, "from": found.store_from}}
        | {name: {"value": value, "from": found.origins[name]} for name, value in found.values.items()},
    }
    if given:
        document["paths"]["systemd credentials"] = {"path": given, "exists": os.path.isdir(given), "note": ""}
    return document


def _check(args: argparse.Namespace) -> int:
    found = settings.load(args.home)
    sentence = f"{found.file} can be read." if found.file.exists() else f"There is no {found.file}; that is fine."
    emit_one(args, {"file": str(found.file), "ok": True}, [sentence])
    return exit_codes.DONE


def _set(args: argparse.Namespace) -> int:
    changes: dict[str, str | None] = {}
    for text in args.changes:
        name, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"'{text[:40]}' is not KEY=VALUE.", "For example: log_format=json.")
        changes[name] = value
    return _write(args, changes)


def _unset(args: argparse.Namespace) -> int:
    return _write(args, dict.fromkeys(args.keys))


def _write(args: argparse.Namespace, changes: dict[str, str | None]) -> int:
    # ConfigError keeps the exit code that was released.
    refuse_read_only(args, ConfigError)
    _must_be_allowed(args)
    file = settings.folders(args.home).file
    before = configuration.write(file, changes)
    try:
        found = settings.load(args.home)
    except ConfigError:
        # The values do not fit together: restore the file.
        if before:
            configuration.replace_file(file, before)
        else:
            file.unlink()
        raise
    document = describe(found)["values"]
    shown = {name: document[name] for name in changes}
    emit_one(args, shown, [f"{name} = {entry['value']} (from {entry['from']})" for name, entry in shown.items()])
    say(f"{file} was written; what runs now takes it up when it is started again.")
    return exit_codes.DONE


def _must_be_allowed(args: argparse.Namespace) -> None:
    """Raise RuleRefused for an account that may not change settings; passes if bmtui.toml cannot be read."""
    from bmtui.desk.operations import backups

    with contextlib.suppress(ConfigError):
        backups.must_be_admin(settings.load(args.home))


def _schema(args: argparse.Namespace) -> int:
    print(json.dumps(configuration.schema(), indent=2))
    return exit_codes.DONE


def _table(rows: list[tuple[str, str, str]]) -> list[str]:
    first = max(len(row[0]) for row in rows)
    second = max(len(row[1]) for row in rows)
    return [f"{a:<{first}}  {b:<{second}}  {c}".rstrip() for a, b, c in rows]
