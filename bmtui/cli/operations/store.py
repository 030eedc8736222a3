"""Command `bmtui store`: copying the store to another database, and SQL grants for PostgreSQL."""

from __future__ import annotations

import argparse

from bmtui import settings
from bmtui.cli import exit_codes
from bmtui.cli.options import Commands, command, group, refuse_read_only
from bmtui.cli.output import emit_one
from bmtui.store import grants
from bmtui.text import how_many


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "store")
    copying = command(sub, common, "copy", _copy, "copy everything into an empty store, verified row by row")
    for name, what in (("source", "the present store"), ("target", "the new store, which must be empty")):
        text = f"{what}: sqlite:///PATH or postgresql://USER@HOST/DATABASE (its password in PGPASSWORD or ~/.pgpass)"
        copying.add_argument(name, metavar=name.upper(), help=text)
    command(sub, common, "grants", _grants, "print the SQL that makes PostgreSQL enforce roles, limits and the audit")


def _grants(args: argparse.Namespace) -> int:
    sql = grants.sql()
    emit_one(args, {"sql": sql}, [sql.rstrip()])
    return exit_codes.DONE


def _copy(args: argparse.Namespace) -> int:
    refuse_read_only(args)
    here = settings.load(args.home)
    source, target = (settings.absolute(url, here.data, "the command line") for url in (args.source, args.target))
    from bmtui.desk.operations import moving

    copied = moving.copy(here, source, target)
    file = here.config / "bmtui.toml"
    # `where` of a file is its path; that of a server is a URL without user and password.
    store = copied.target if copied.target.startswith("postgresql://") else f"sqlite:///{copied.target}"
    total = sum(copied.rows.values())
    lines = [
        *(f"{count:>12,}  {name}" for name, count in copied.rows.items()),
        f"{how_many(total, 'row')} copied from {copied.source} to {copied.target}, and compared one by one.",
        f'Now set in {file}: store = "{store}"' + (", with the user as in the URL." if "://" in copied.target else ""),
        "Sending is paused in the old store, because only one store may send for an account; keep it until the new "
        "store works.",
    ]
    emit_one(args, {"source": copied.source, "target": copied.target, "rows": total, "tables": copied.rows}, lines)
    return exit_codes.DONE
