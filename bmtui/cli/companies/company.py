"""Command `bmtui company`: companies and their settings."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import sys
from collections.abc import Sequence

from bmtui import editor, toml_text
from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write
from bmtui.cli.options import Commands, answers, change_options, command, group, listing_options, take
from bmtui.cli.output import confirmed, emit_json, emit_list, emit_one, say
from bmtui.desk.companies import adding as company_adding
from bmtui.desk.companies import channel_access, companies, credentials
from bmtui.desk.companies.fields import ADD, FIELDS, HISTORY
from bmtui.desk.core.views import CompanyView
from bmtui.desk.operations import company_removal, company_toml
from bmtui.errors import ConfigError, EditConflict, RuleRefused
from bmtui.values import table_file

_COLUMNS = {
    "name": "Name",
    "platform": "Platform",
    "enabled": "Enabled",
    "integration": "Integration",
    "url": "URL",
    "orders": "Orders",
}


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "company")
    adding = command(sub, common, "add", _add, "add a company")
    take(adding, ADD)
    _token_options(adding)
    listing = command(sub, common, "list", _list, "list the companies")
    listing_options(listing)
    listing.add_argument("--all", action="store_true", help="also those that were removed")
    showing = command(sub, common, "show", _show, "show a company's settings")
    showing.add_argument("name", nargs="?")
    setting = command(sub, common, "set", _set, "change settings")
    setting.add_argument("name")
    setting.add_argument("changes", nargs="*", metavar="KEY=VALUE", help=", ".join(f.name for f in FIELDS))
    setting.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    _token_options(setting)
    editing = command(sub, common, "edit", _edit, "change settings as TOML in $VISUAL or $EDITOR")
    editing.add_argument("name", nargs="?")
    exporting = command(sub, common, "export", _export, "settings as TOML on stdout, never a token")
    exporting.add_argument("names", nargs="*", metavar="NAME", help="only these companies")
    importing = command(sub, common, "import", _import, "bring companies to what a TOML file says, all or none")
    importing.add_argument("file", metavar="FILE", help="as 'company export' writes it; - reads stdin")
    importing.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    removing = command(sub, common, "remove", _remove, "take a company out of the desk, once all of it is settled")
    removing.add_argument("name")
    take(removing, (HISTORY,))
    change_options(removing)
    testing = command(sub, common, "test", _test, "test the settings by one call to the channel")
    testing.add_argument("name", nargs="?")


def _token_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--token-file", metavar="F", help="read the token from F and keep it in a file of mode 0600")
    parser.add_argument("--token-env", metavar="VAR", help="take the token from this environment variable at each use")
    parser.add_argument("--token-credential", metavar="NAME", help="take it from this systemd credential at each use")


def _add(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        extra = {"url": args.url} if args.url else {}
        added = company_adding.add(
            opened,
            args.name,
            in_shadow=args.shadow,
            platform=args.platform,
            contact=args.contact,
            token=_token(args.token_file),
            token_env=args.token_env or "",
            token_source=_credential(args),
            **extra,
        )
        held = " It is in shadow: nothing of it is sent." if args.shadow else ""
        emit_one(
            args,
            added,
            [f"Added {added.name} ({added.url}).{held} Next: bmtui company test {shlex.quote(added.name)}"],
        )
    return exit_codes.DONE


def _list(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        rows = companies.listing(opened, removed=args.all)[: args.limit]
        emit_list(
            args, rows, _COLUMNS, "There is no company yet. Add one with 'bmtui company add', or try 'bmtui demo'."
        )
    return exit_codes.DONE


def _show(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        view = companies.show(opened, args.name)
        emit_one(args, view, _lines(view))
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
    if args.token_credential:
        changes["token_source"] = _credential(args)
    if not changes:
        raise ConfigError("Nothing to set.", f"Settings: {', '.join(field.name for field in FIELDS)}.")
    with desk(args) as opened:
        found = companies.differences(opened, args.name, changes)
        if args.dry_run:
            emit_one(args, {"changes": found}, _difference_lines(found))
            return exit_codes.DONE
        view = companies.change(opened, args.name, changes)
        emit_one(args, view, _difference_lines(found))
        if any(one.key in ("token", "url") for one in found):
            say(f"Next: bmtui company test {shlex.quote(view.name)}")
    return exit_codes.DONE


def _edit(args: argparse.Namespace) -> int:
    if not sys.stdin.isatty():
        raise ConfigError("There is no terminal for an editor here.", "Use 'bmtui company set' or 'company import'.")
    with desk(args) as opened:
        opened.must_write()
        view, since = companies.show(opened, args.name), company_toml.mark(opened, args.name)
        text = company_toml.export(opened, [view.name])
        while True:
            edited = editor.edit(text, f"{view.name}.toml")
            if edited == text and text == company_toml.export(opened, [view.name]):
                say("Nothing was changed.")
                return exit_codes.DONE
            text = edited
            try:
                plans = company_toml.plan(opened, text, "your text", only=view.name)
            except ConfigError as error:
                say(str(error))
                if not editor.agreed("Edit again? [Y/n] ", default=True):
                    raise
                continue
            _emit_plans(args, plans)
            if not any(plan.differences for plan in plans):
                return exit_codes.DONE
            if not editor.agreed("Save this? [y/N, e edits again] ", again="e"):
                continue
            try:
                company_toml.apply(opened, plans, since)
            except (EditConflict, RuleRefused) as error:
                say(str(error))
                if not editor.agreed("Edit again? [Y/n] ", default=True):
                    raise
                since = company_toml.mark(opened, view.name)
            else:
                say(f"The settings of {view.name} are saved.")
                return exit_codes.DONE


def _export(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        text = company_toml.export(opened, args.names)
        if args.json:
            emit_json(toml_text.read(text))
        else:
            print(text, end="")
    return exit_codes.DONE


def _import(args: argparse.Namespace) -> int:
    text = sys.stdin.read() if args.file == "-" else table_file.text_of(args.file)
    with desk(args) as opened:
        plans = company_toml.plan(opened, text, args.file)
        if not args.dry_run:
            company_toml.apply(opened, plans)
        _emit_plans(args, plans)
        for plan in plans:
            if plan.is_new and plan.token_source == credentials.IN_FILE and not args.dry_run:
                say(f"{plan.name} has no token yet: bmtui company set '{plan.name}' --token-file F")
    return exit_codes.DONE


def _emit_plans(args: argparse.Namespace, plans: Sequence[company_toml.Plan]) -> None:
    document = {plan.name: {"new": plan.is_new, "changes": plan.differences} for plan in plans}
    lines = [
        line
        for plan in plans
        for line in (f"{plan.name}:{' a new company' if plan.is_new else ''}", *_difference_lines(plan.differences))
    ]
    emit_one(args, document, lines)


def _difference_lines(found: Sequence[companies.Difference]) -> list[str]:
    return [f"  {one.label}: {one.before or '(empty)'} -> {one.after or '(empty)'}" for one in found] or [
        "  nothing to change"
    ]


def _remove(args: argparse.Namespace) -> int:
    erase = answers(args, (HISTORY,)).value(HISTORY) == "erase"
    with desk(args) as opened:
        must_write(args, opened)
        planned = company_removal.plan(opened, args.name, erase=erase)
        if args.dry_run:
            lines = [planned.sentence, *(f"Not yet: {left}." for left in planned.unsettled), "Nothing was changed."]
            emit_one(args, planned, lines)
            return exit_codes.DONE
        if not planned.unsettled:
            confirmed(args, f"{planned.sentence} This cannot be undone. Do it?", sends=True)
        removed = company_removal.remove(opened, args.name, erase=erase)
        emit_one(args, removed, [removed.sentence])
    return exit_codes.DONE


def _test(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        sentence = asyncio.run(channel_access.check(opened, args.name))
        emit_one(args, {"company": companies.show(opened, args.name).name, "ok": True, "message": sentence}, [sentence])
    return exit_codes.DONE


def _lines(view: CompanyView) -> list[str]:
    width = max(len(field.label) for field in FIELDS)
    rows = [("Name", view.name)]
    for field in FIELDS:
        value = view.token_source if field.kind == "secret" else getattr(view, field.name)
        rows.append((field.label, ("yes" if value else "no") if isinstance(value, bool) else str(value)))
    return [f"{name:<{width}}  {value}" for name, value in rows]


def _credential(args: argparse.Namespace) -> str:
    return credentials.from_credential(args.token_credential) if args.token_credential else ""


def _token(file: str | None) -> str:
    if not file:
        return ""
    token = table_file.text_of(file, field="token_file", most_bytes=64 * 1024).strip()
    if not token:
        raise ConfigError(f"The token file {file} is empty.")
    return token
