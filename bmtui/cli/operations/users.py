"""Command `bmtui users`: roles of accounts, and their refund limits without a second person."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write
from bmtui.cli.documents import to_json
from bmtui.cli.options import Commands, answers, change_options, command, group, listing_options, take
from bmtui.cli.output import confirmed, emit_list, emit_one
from bmtui.desk.core import permissions
from bmtui.desk.core.permissions import OperatorView
from bmtui.desk.moving_in import people
from bmtui.errors import ConfigError, RuleRefused
from bmtui.text import how_many
from bmtui.words import label

_COLUMNS = {"account": "Account", "uid": "Uid", "role": "Role", "may_refund": "Refunds", "told_limits": "Limits"}


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "users")
    listing_options(command(sub, common, "list", _list, "list the accounts with a role, a right or limits"))
    setting = command(sub, common, "set", _set, "give an account a role, the right to refund, and limits")
    setting.add_argument("account", metavar="ACCOUNT", help="name or number of the account")
    take(setting, permissions.RIGHTS)
    importing = command(sub, common, "import", _import, "set accounts, roles and limits from a file")
    importing.add_argument("file", metavar="FILE", help=f"CSV or TSV with the columns {', '.join(people.COLUMNS)}")
    change_options(importing)


def _list(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        rows = [_row(view, args) for view in permissions.listing(opened)[: args.limit]]
        emit_list(args, rows, _COLUMNS, "No account is listed: everybody may do everything. 'users set' adds one.")
    return exit_codes.DONE


def _row(view: OperatorView, args: argparse.Namespace) -> dict[str, object]:
    document: dict[str, object] = to_json(view)
    return document if args.json else document | {"told_limits": _limits(view)}


def _set(args: argparse.Namespace) -> int:
    refunds_said = answers(args, permissions.RIGHTS).value(permissions.REFUNDS)
    with desk(args) as opened:
        view = permissions.set_rights(
            opened,
            args.account,
            role=args.role,
            may_refund=None if refunds_said is None else refunds_said == "yes",
            per_refund=_amounts(args.limit),
            per_day=_amounts(args.daily),
        )
        refunds = "may refund" if view.may_refund else "may not refund"
        lines = [f"{view.account} ({view.uid}): {label(view.role)}, {refunds}. {_limits(view)}".rstrip()]
        emit_one(args, view, lines)
    return exit_codes.DONE


def _limits(view: OperatorView) -> str:
    texts = []
    for limit in view.limits:
        texts += [f"{limit.per_refund} a refund"] if limit.per_refund else []
        texts += [f"{limit.per_day} a day"] if limit.per_day else []
    return ", ".join(texts)


def _amounts(texts: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        currency, equals, amount = text.partition("=")
        if not equals or currency in found:
            raise ConfigError(f"'{text[:40]}' is not a limit.", "Write each currency once, like EUR=100.00.")
        found[currency] = amount
    return found


def _import(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        must_write(args, opened)
        planned = people.plan(opened, args.file)
        lines = [f"Row {row.row}, {row.account} ({row.uid}): {', '.join(row.changes)}." for row in planned.changing]
        lines += [str(error) for error in planned.errors]
        lines += [f"Ignored columns: {', '.join(planned.ignored)}."] if planned.ignored else []
        document = {
            "rows": [
                {"row": row.row, "account": row.account, "uid": row.uid, "role": row.role, "changes": list(row.changes)}
                for row in planned.rows
            ],
            "errors": to_json(planned.errors),
            "ignored": list(planned.ignored),
        }
        if args.dry_run or planned.errors:
            emit_one(args, document, [*lines, planned.sentence, "Nothing was stored."])
            if planned.errors:
                raise RuleRefused(
                    f"{how_many(len(planned.errors), 'row')} cannot be used; nothing was stored.", "Correct them."
                )
            return exit_codes.DONE
        confirmed(args, f"{' '.join(lines)} {planned.sentence} Do it?".strip(), sends=True)
        people.save(opened, args.file, planned)
        emit_one(args, document, [*lines, planned.sentence])
    return exit_codes.DONE
