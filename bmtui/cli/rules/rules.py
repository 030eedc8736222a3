"""Command `bmtui rules`: automatic actions, tried before they run, with a log of all that they did."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from bmtui import toml_text
from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write
from bmtui.cli.documents import to_json
from bmtui.cli.options import Commands, answers, change_options, command, group, listing_options, positive, take
from bmtui.cli.output import confirmed, emit_json, emit_list, emit_one, say
from bmtui.desk.companies import acceptance_settings
from bmtui.desk.rules import parameters, rules, rules_toml
from bmtui.desk.rules import trial as rule_trial
from bmtui.desk.rules.parameters import NAME, RULE, WHEN
from bmtui.desk.rules.views import Draft, RuleView
from bmtui.errors import ConfigError
from bmtui.text import how_many
from bmtui.values import table_file

_COLUMNS = {
    "name": "Rule",
    "company": "Company",
    "enabled": "On",
    "when": "When",
    "query": "If",
    "does": "Then",
    "done_today": "Today",
    "limit": "Limit",
    "problem": "Problem",
}
_MORE = tuple(one for one in RULE if one not in (NAME, WHEN))
_LOG_COLUMNS = {
    "at": "At",
    "rule": "Rule",
    "version": "V",
    "order_id": "Order",
    "action": "Did",
    "done": "Done",
    "error": "Error",
}


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "rules")
    listing_options(command(sub, common, "list", _list, "list the rules; exits with 1 when one cannot be read"))
    _named(command(sub, common, "show", _show, "show a rule"))
    testing = command(sub, common, "test", _test, "say what a rule would have done with stored orders")
    trial = replace(NAME, required=False, help="name of a rule; without it, a rule from the options")
    take(testing, (trial, replace(WHEN, required=False), *_MORE))
    saving = command(sub, common, "save", _save, "save a rule, or a new version of it")
    take(saving, RULE)
    saving.add_argument("--off", action="store_true", help="save it turned off")
    change_options(saving)
    for word, run, help in (
        ("on", _on, "turn a rule on; without a name all rules"),
        ("off", _off, "turn a rule off; without a name all rules"),
    ):
        turning = command(sub, common, word, run, help)
        turning.add_argument("name", metavar="NAME", nargs="?")
    deleting = command(sub, common, "delete", _delete, "delete a rule; its log stays")
    _named(deleting)
    deleting.add_argument("--yes", action="store_true", help="do not ask")
    logging = command(sub, common, "log", _log, "list what rules did, newest first")
    logging.add_argument("name", metavar="NAME", nargs="?", help="of this rule alone")
    logging.add_argument("--order", type=positive, metavar="ID", help="with this order")
    listing_options(logging)
    exporting = command(sub, common, "export", _export, "write rules as TOML to stdout")
    exporting.add_argument("names", metavar="NAME", nargs="*")
    importing = command(sub, common, "import", _import, "save the rules of a TOML file; wrong rules are left out")
    importing.add_argument("file", metavar="FILE")
    change_options(importing)


def _named(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")


def _draft(args: argparse.Namespace) -> Draft:
    of_acceptance = args.when == acceptance_settings.MOMENT
    before = Draft("", args.when or "", "", (), company=args.company or "")
    return parameters.draft(answers(args, parameters.ACCEPTANCE if of_acceptance else RULE), before)


def _list(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        views = rules.listing(opened)[: args.limit]
        emit_list(args, [_document(view) for view in views], _COLUMNS, "There are no rules.")
        since = rules.all_off(opened)
        if since is not None:
            say("All rules are off: 'bmtui rules on' turns them on again.")
    return exit_codes.FAILED if any(view.problem for view in views) else exit_codes.DONE


def _document(view: RuleView) -> dict[str, object]:
    return {**to_json(view), "does": "; ".join(view.then)}


def _show(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        emit_one(args, _document(view := rules.show(opened, args.name)), _lines(view))
    return exit_codes.DONE


def _lines(view: RuleView) -> list[str]:
    lines = [
        f"Rule     {view.name}, version {view.version}, {'on' if view.enabled else 'off'}",
        f"When     {view.when}",
        f"If       {view.query or '(every order)'}",
        *(f"Then     {act}" for act in view.then),
        f"Today    {how_many(view.done_today, 'order')}" + (f" of at most {view.limit:,}" if view.limit else ""),
    ]
    return [*lines, *([f"Problem  {view.problem}"] if view.problem else [])]


def _test(args: argparse.Namespace) -> int:
    if (args.name is None) == (args.when is None):
        raise ConfigError("Say which rule to try.", "Give its name, or --when, --if and --then.")
    with desk(args) as opened:
        tried = rule_trial.trial(opened, args.name if args.when is None else replace(_draft(args), name="trial"))
        emit_one(args, {"rule": tried.name, "total": tried.total, "matching": tried.matching, "then": tried.then,
                        "order_ids": tried.order_ids}, [tried.sentence, "Nothing was changed."])  # fmt: skip
    return exit_codes.DONE


def _save(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        must_write(args, opened)
        draft = _draft(args)
        tried = rule_trial.trial(opened, draft)
        if args.dry_run:
            emit_one(args, {"rule": args.name, "matching": tried.matching, "total": tried.total},
                     [tried.sentence, "Nothing was changed."])  # fmt: skip
            return exit_codes.DONE
        confirmed(args, f"{tried.sentence} Save it?", sends=True)
        view = rules.save(opened, replace(draft, enabled=not args.off))
        emit_one(args, _document(view), [tried.sentence, f"Rule {view.name}, version {view.version}, is saved."])
    return exit_codes.DONE


def _on(args: argparse.Namespace) -> int:
    return _turn(args, on=True)


def _off(args: argparse.Namespace) -> int:
    return _turn(args, on=False)


def _turn(args: argparse.Namespace, *, on: bool) -> int:
    word = "on" if on else "off"
    with desk(args) as opened:
        if args.name is None:
            rules.turn_all(opened, on=on)
            emit_one(args, {"rules": word}, [f"All rules are {word}."])
        else:
            view = rules.turn(opened, args.name, on=on)
            emit_one(args, _document(view), [f"Rule {view.name} is {'on' if view.enabled else 'off'}."])
    return exit_codes.DONE


def _delete(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        confirmed(args, f"Delete the rule '{args.name}'? Its log stays.", sends=True)
        rules.delete(opened, args.name)
        emit_one(args, {"name": args.name, "deleted": True}, [f"The rule {args.name} is deleted."])
    return exit_codes.DONE


def _log(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        limit = args.limit or (1000 if args.json or args.csv else 50)
        found = rules.log(opened, name=args.name or "", order_id=args.order, limit=limit)
        emit_list(args, found, _LOG_COLUMNS, "No rule has acted yet.", opened)
    return exit_codes.DONE


def _export(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        text = rules_toml.export(opened, args.names)
        if args.json:
            emit_json(toml_text.read(text))
        else:
            sys.stdout.write(text)
    return exit_codes.DONE


def _import(args: argparse.Namespace) -> int:
    text = table_file.text_of(args.file)
    with desk(args) as opened:
        must_write(args, opened)
        reading = rules_toml.read(opened, text, args.file)
        for problem in reading.problems:
            say(problem)
        if not args.dry_run and reading.drafts:
            confirmed(args, f"Save {how_many(len(reading.drafts), 'rule')}?", sends=True)
            for draft in reading.drafts:
                rules.save(opened, draft)
        word = "would be saved" if args.dry_run else "saved"
        names = [draft.name for draft in reading.drafts]
        emit_one(args, {"saved": names, "problems": reading.problems}, [f"{how_many(len(names), 'rule')} {word}."])
    if not reading.problems:
        return exit_codes.DONE
    return exit_codes.PARTLY_DONE if reading.drafts else exit_codes.USAGE
