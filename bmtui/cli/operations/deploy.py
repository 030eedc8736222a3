"""Command `bmtui deploy`: files for a server, as text to check and to put in place."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from importlib import resources

from bmtui.cli import exit_codes, manual
from bmtui.cli.command_table import COMMANDS
from bmtui.cli.options import Commands
from bmtui.errors import ConfigError

FILES = {
    "systemd": ("bmtui-worker.service", "a systemd service for the worker: hardened, watched, its token a credential"),
    "backup": ("bmtui-backup.timer", "a systemd timer for a backup every night"),
    "backup-service": ("bmtui-backup.service", "the systemd service that the timer starts"),
    "container": ("Containerfile", "a container image"),
    "ssh": ("sshd.conf", "operators over SSH, who get the desk and nothing else; the store is SQLite"),
    "sudoers": ("sudoers", "sudo's rule for them, which tells the desk who logged in"),
    "ssh-postgresql": ("sshd-postgresql.conf", "operators over SSH, each as themselves; the store is PostgreSQL"),
}
"""File name and description of each kind."""

SHELLS = ("bash", "zsh", "tcsh")


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    added = commands.add_parser(
        "deploy",
        help=COMMANDS["deploy"].help,
        description="Files for a server, on stdout.",
        allow_abbrev=False,
    )
    kinds = added.add_subparsers(title="kinds", metavar="KIND", required=True)
    for kind, (file, about) in FILES.items():
        _kind(kinds, kind, about, partial(_text, file))
    completing = _kind(kinds, "completion", "completion of commands and options in a shell", _completion)
    completing.add_argument("shell", choices=SHELLS)
    _kind(kinds, "man", "the manual page bmtui(1)", lambda args: manual.page(_parser()))


def text(file: str) -> str:
    """Return the text of a file in the package's `deploy` folder."""
    return resources.files("bmtui.deploy").joinpath(file).read_text(encoding="utf-8")


def _kind(kinds: Commands, name: str, about: str, make: Callable[[argparse.Namespace], str]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = kinds.add_parser(
        name, help=about, description=about[0].upper() + about[1:] + ".", allow_abbrev=False
    )

    def run(args: argparse.Namespace) -> int:
        sys.stdout.write(make(args))
        return exit_codes.DONE

    parser.set_defaults(run=run, log=False)
    return parser


def _text(file: str, args: argparse.Namespace) -> str:
    return text(file)


def _completion(args: argparse.Namespace) -> str:
    try:
        # Imported here: it costs start-up time, and only this command needs it.
        import shtab
    except ImportError as error:
        raise ConfigError("shtab, which writes completions, is not installed.", "pip install shtab") from error
    return str(shtab.complete(_parser(), shell=args.shell)) + "\n"


def _parser() -> argparse.ArgumentParser:
    from bmtui.cli.parser import whole_parser

    return whole_parser()
