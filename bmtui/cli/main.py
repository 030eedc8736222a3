"""The command line: parses, runs one command, and turns what goes wrong into a sentence and an exit code."""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import logging
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from itertools import pairwise

from bmtui import __version__, settings
from bmtui.cli import exit_codes, logs
from bmtui.cli.output import say
from bmtui.errors import BmtuiError, explain

log = logging.getLogger("bmtui")

COMMAND_MODULES = {
    "sandbox.demo": ("demo",),
    "sandbox.sandbox": ("sandbox",),
    "operations.worker": ("worker",),
    "companies.company": ("company",),
    "orders.orders": ("orders",),
    "acceptance.accept": ("acceptance",),
    "shipping.ship": ("scan-commands", "shipments"),
    "returns.returns": ("returns",),
    "after_sales.folders": ("care",),
    "invoicing.invoices": ("invoices",),
    "jobs.jobs": ("jobs",),
    "outbox.outbox": ("outbox",),
    "refunds.approvals": ("approvals",),
    "sync.reconcile": ("reconcile",),
    "operations.audit": ("audit",),
    "operations.users": ("users",),
    "orders.views": ("views",),
    "operations.store": ("store",),
    "operations.doctor": ("doctor",),
    "operations.info": ("info", "config"),
    "operations.backup": ("backup", "restore"),
    "operations.privacy": ("purge", "privacy"),
    "orders.totals": ("totals",),
    "operations.metrics": ("metrics",),
    "operations.deploy": ("deploy",),
    "help": ("help",),
}
"""The modules of the commands, in the order of the help, and the words that each registers.

Only the module of the command that was given is imported, for all of them cost half a second; the desk needs none.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # Given here and not by set_defaults, which would reach into the options that all commands share.
    defaults = argparse.Namespace(home=None, company=None, read_only=False, json=False, csv=False)
    words = sys.argv[1:] if argv is None else list(argv)
    _spare_postgres(words)
    args = parser(_modules_of(words)).parse_args(words, defaults)
    try:
        if not getattr(args, "aside", False):
            logs.begin(settings.load(args.home))
        code = args.run(args)
        sys.stdout.flush()
        return int(code)
    except KeyboardInterrupt:
        say("Interrupted.")
        return exit_codes.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.DONE
    except BmtuiError as error:
        return _failed(error)
    except Exception as error:  # noqa: BLE001 - no traceback for an operator, whatever happens
        # Frames without values: those may hold a customer's data or a token.
        frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
        log.error("%s\n%s", type(error).__name__, frames)
        return _failed(error)


def _modules_of(words: Sequence[str]) -> Iterable[str]:
    """The modules that these words need, as far as one can tell without reading them: one, none, or else all."""
    rest = iter(words)
    for word in rest:
        if word in ("--home", "--company"):
            next(rest, None)
        elif word not in ("--read-only", "--mouse", "--debug") and not word.startswith(("--home=", "--company=")):
            return [module for module, commands in COMMAND_MODULES.items() if word in commands] or COMMAND_MODULES
    return ()


def _spare_postgres(words: Sequence[str]) -> None:
    """peewee loads PostgreSQL's driver wherever it is installed; who needs none starts a tenth sooner without."""
    if any("postgres" in word for word in words):
        return
    home = next((after for word, after in pairwise([*words, ""]) if word == "--home"), None)
    home = next((word.removeprefix("--home=") for word in words if word.startswith("--home=")), home)
    with contextlib.suppress(BmtuiError):  # the command itself says what is wrong with the settings
        if settings.load(home).store_url.startswith("sqlite:"):
            sys.modules.setdefault("psycopg", None)  # type: ignore[arg-type]


def parser(modules: Iterable[str] = tuple(COMMAND_MODULES)) -> argparse.ArgumentParser:
    """The whole command line, or that of some modules."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False)
    group = common.add_argument_group("common")
    group.add_argument("--home", metavar="DIR", help="folder that holds everything (or BMTUI_HOME)")
    group.add_argument("--company", metavar="NAME", help="only this company's orders and jobs")
    group.add_argument("--read-only", action="store_true", help="change nothing")
    top = argparse.ArgumentParser(
        prog="bmtui",
        parents=[common],
        allow_abbrev=False,
        description="The order desk for Back Market sellers in the terminal. Without a command: the desk.",
    )
    top.add_argument("--version", action="version", version=f"bmtui {__version__}")
    top.add_argument("--mouse", action="store_true", help="let the desk use the mouse")
    top.add_argument("--debug", action="store_true", help="for developers: a crash of the desk prints its traceback")
    top.set_defaults(run=_desk)
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for module in modules:
        importlib.import_module(f"bmtui.cli.{module}").register(commands, common)
    return top


def _desk(args: argparse.Namespace) -> int:
    # To look for garbage among what is being imported costs a twentieth of the start; the app turns it on again.
    gc.disable()
    try:
        from bmtui import tui
        from bmtui.cli.common import desk

        with desk(args) as opened:
            code = tui.run(opened, mouse=args.mouse, debug=args.debug)
    finally:
        gc.enable()
    return main(["demo", *["--mouse"] * args.mouse]) if code == tui.DEMO else code


def _failed(error: BaseException) -> int:
    told = explain(error)
    # A sentence that begins like its title needs none.
    said = told.message if told.message.startswith(told.title) else f"{told.title}: {told.message}"
    say(f"{said} {told.advice}".rstrip())
    return exit_codes.code_of(type(error))


if __name__ == "__main__":
    sys.exit(main())
