"""`bmtui doctor`: what somebody should know, with an exit code for monitors."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
from dataclasses import asdict

from bmtui.cli import exit_codes
from bmtui.cli.opening import Commands, command, desk
from bmtui.cli.output import emit_one
from bmtui.desk.context import Desk
from bmtui.desk.machine import Finding


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    command(commands, common, "doctor", _run, "look for what is wrong, and say what to do; exits with 1 if anything is")


def _run(args: argparse.Namespace) -> int:
    from bmtui.desk import doctor

    with desk(args) as opened:
        findings = asyncio.run(doctor.examine(opened))
        if sys.stdout.isatty():
            from bmtui.tui import surroundings

            size = shutil.get_terminal_size()
            findings += surroundings.examine(os.environ, (size.columns, size.lines))
        findings += _preferences(opened)
    ok = all(finding.ok for finding in findings)
    lines = [
        f"{'ok ' if finding.ok else 'BAD'}  {finding.topic}: {finding.message} {finding.advice}".rstrip()
        for finding in findings
    ]
    emit_one(args, {"ok": ok, "findings": [asdict(finding) for finding in findings]}, lines)
    return exit_codes.DONE if ok else exit_codes.FAILED


def _preferences(opened: Desk) -> tuple[Finding, ...]:
    from bmtui.tui import preferences

    problems = preferences.load(opened.settings.config).problems
    return tuple(Finding("screens", False, problem, "Correct it, or take it out.") for problem in problems)
