"""Command `bmtui identifiers`: the policy that says which SKUs leave with an IMEI, a serial number, or nothing."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write
from bmtui.cli.options import Commands, command, group, listing_options, positive
from bmtui.cli.output import emit_list, emit_one, say
from bmtui.desk.companies import identifier_policy
from bmtui.desk.shipping import policy_trial
from bmtui.errors import ConfigError

_RULES = {"pattern": "Pattern", "need": "Leaves with", "about": "What"}
_SKUS = {
    "sku": "SKU",
    "need": "Leaves with",
    "proposed": "Earlier ones",
    "shipped": "Shipped",
    "stopped": "Stopped",
    "because": "Why",
}


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "identifiers")
    listing = command(sub, common, "list", _list, "list the patterns, and the rule for what fits none")
    listing_options(listing)
    setting = command(sub, common, "set", _set, "add, change or remove patterns")
    setting.add_argument(
        "needs", nargs="*", metavar="PATTERN=NEED", help="such as 'PHN*=imei' 'LAP*=serial' 'ACC*=none' 'TAB*=ask'"
    )
    setting.add_argument("--remove", action="append", default=[], metavar="PATTERN", help="this pattern; repeatable")
    setting.add_argument("--dry-run", action="store_true", help="show the policy that it would be, and change nothing")
    listing_options(setting)
    testing = command(
        sub, common, "test", _test, "try a policy on stored lines: what each SKU would leave with, and why"
    )
    testing.add_argument("needs", nargs="*", metavar="PATTERN=NEED", help="a policy (the company's own)")
    testing.add_argument(
        "--last", type=positive, default=policy_trial.LAST, metavar="N", help=f"so many lines ({policy_trial.LAST:,})"
    )
    listing_options(testing)


def _list(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        return _emit_policy(args, policy_trial.policy(opened))


def _set(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        must_write(args, opened)
        if not args.needs and not args.remove:
            raise ConfigError("There is no pattern to set.", identifier_policy.ADVICE)
        needs = "; ".join(args.needs)
        if args.dry_run:
            changed = policy_trial.changed(opened, None, needs, args.remove)
            say("Nothing was changed.")
        else:
            changed = policy_trial.change(opened, None, needs, args.remove)
        return _emit_policy(args, changed)


def _emit_policy(args: argparse.Namespace, policy: identifier_policy.Policy) -> int:
    rows = [{"pattern": pattern, "need": need.value, "about": need.label} for pattern, need in policy.needs.items()]
    default = {"pattern": "", "need": "default", "about": identifier_policy.DEFAULT}
    emit_list(args, [*rows[: args.limit], default], _RULES, "")
    return exit_codes.DONE


def _test(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        found = policy_trial.tried(opened, None, "; ".join(args.needs) if args.needs else None, last=args.last)
        if args.json:
            emit_one(args, found, [])
        else:
            emit_list(args, found.skus[: args.limit], _SKUS, "There are no lines yet.")
            say(f"{found.sentence} What fits no pattern: {found.default}.")
    return exit_codes.DONE
