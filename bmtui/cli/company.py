"""`bmtui company`: companies and their settings."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from bmtui.cli import documents, exit_codes
from bmtui.cli.opening import Commands, command, desk, group, listing_options
from bmtui.cli.output import emit_list, emit_one
from bmtui.desk import companies
from bmtui.desk.views import CompanyView
from bmtui.errors import ConfigError

_COLUMNS = {
    "name": "Name",
    "platform": "Platform",
    "enabled": "Enabled",
    "integration": "Integration",
    "url": "URL",
    "orders": "Orders",
}


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "company", "companies and their settings")
    adding = command(sub, common, "add", _add, "add a company")
    adding.add_argument("name")
    adding.add_argument("--platform", required=True, metavar="eu|na|ap")
    adding.add_argument("--url", help="base URL, when it is not the platform's production service")
    adding.add_argument("--contact", required=True, metavar="MAIL", help="goes with the user agent")
    _token_options(adding)
    listing = command(sub, common, "list", _list, "list the companies")
    listing_options(listing)
    showing = command(sub, common, "show", _show, "show a company's settings")
    showing.add_argument("name", nargs="?")
    setting = command(sub, common, "set", _set, "change settings")
    setting.add_argument("name")
    setting.add_argument("changes", nargs="*", metavar="KEY=VALUE", help=", ".join(f.key for f in companies.FIELDS))
    _token_options(setting)
    testing = command(sub, common, "test", _test, "test the settings by one call to the channel")
    testing.add_argument("name", nargs="?")


def _token_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--token-file", metavar="F", help="read the token from F and keep it in a file of mode 0600")
    parser.add_argument("--token-env", metavar="VAR", help="take the token from this environment variable at each use")


def _add(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        extra = {"url": args.url} if args.url else {}
        added = companies.add(
            opened,
            args.name,
            platform=args.platform,
            contact=args.contact,
            token=_token(args.token_file),
            token_env=args.token_env or "",
            **extra,
        )
        emit_one(args, documents.company(added), [f"Added {added.name} ({added.url})."])
    return exit_codes.DONE


def _list(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        rows = [documents.company(view) for view in companies.listing(opened)[: args.limit]]
        emit_list(
            args, rows, _COLUMNS, "There is no company yet. Add one with 'bmtui company add', or try 'bmtui demo'."
        )
    return exit_codes.DONE


def _show(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        view = companies.show(opened, args.name)
        emit_one(args, documents.company(view), _lines(view))
    return exit_codes.DONE


def _set(args: argparse.Namespace) -> int:
    changes: dict[str, str] = {}
    for text in args.changes:
        key, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"'{text}' is not KEY=VALUE.", "For example: allow_order_download=false.")
        if key == "token":
            raise ConfigError(
                "A token must not stand on the command line, where others can see it.", "Use --token-file F."
            )
        changes[key] = value
    if args.token_file:
        changes["token"] = _token(args.token_file)
    if args.token_env:
        changes["token_env"] = args.token_env
    if not changes:
        raise ConfigError("Nothing to set.", f"Settings: {', '.join(field.key for field in companies.FIELDS)}.")
    with desk(args) as opened:
        view = companies.change(opened, args.name, changes)
        emit_one(args, documents.company(view), _lines(view))
    return exit_codes.DONE


def _test(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        sentence = asyncio.run(companies.check(opened, args.name))
        emit_one(args, {"company": companies.show(opened, args.name).name, "ok": True, "message": sentence}, [sentence])
    return exit_codes.DONE


def _lines(view: CompanyView) -> list[str]:
    width = max(len(field.label) for field in companies.FIELDS)
    rows = [("Name", view.name)]
    for field in companies.FIELDS:
        value = view.token_source if field.kind == "secret" else getattr(view, field.key)
        rows.append((field.label, ("yes" if value else "no") if isinstance(value, bool) else str(value)))
    return [f"{name:<{width}}  {value}" for name, value in rows]


def _token(file: str | None) -> str:
    if not file:
        return ""
    try:
        token = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The token file {file} cannot be read ({type(error).__name__}).") from error
    if not token:
        raise ConfigError(f"The token file {file} is empty.")
    return token
