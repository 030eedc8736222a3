"""Command `bmtui doctor`: problems of the installation, with an exit code for monitors."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
from typing import TYPE_CHECKING

from bmtui import settings
from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.options import Commands, command
from bmtui.cli.output import emit_one
from bmtui.errors import StoreError
from bmtui.settings import Settings

if TYPE_CHECKING:
    from bmtui.desk.operations.host_checks import Finding


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    command(commands, common, "doctor", _run)


def _run(args: argparse.Namespace) -> int:
    from bmtui.desk.operations import doctor

    found = settings.load(args.home)
    try:
        with desk(args) as opened:
            findings = asyncio.run(doctor.examine(opened))
    except StoreError as error:
        findings = doctor.without_store(found, error)
    if sys.stdout.isatty():
        from bmtui.tui import terminal_checks

        size = shutil.get_terminal_size()
        findings += terminal_checks.examine(os.environ, (size.columns, size.lines))
    findings += _preferences(found)
    ok = all(finding.ok for finding in findings)
    lines = [
        f"{'ok ' if finding.ok else 'BAD'}  {finding.topic}: {finding.message} {finding.advice}".rstrip()
        for finding in findings
    ]
    emit_one(args, {"ok": ok, "findings": findings}, lines)
    return exit_codes.DONE if ok else exit_codes.FAILED


def _preferences(found: Settings) -> tuple[Finding, ...]:
    from bmtui.desk.operations.host_checks import Finding
    from bmtui.tui import preferences
    from bmtui.tui.actions import keymap
    from bmtui.tui.orders import columns
    from bmtui.tui.widgets import themes

    chosen = preferences.load(found.config)
    _, keys = keymap.rebind(chosen.keys, keymap.places())
    theme = os.environ.get("BMTUI_THEME") or chosen.theme
    problems = [*chosen.problems, *keys, *filter(None, [themes.unknown(theme) if theme else ""])]
    problems += columns.unknown(chosen.columns)
    return tuple(Finding("screens", False, problem, "Correct it, or take it out.") for problem in problems)
