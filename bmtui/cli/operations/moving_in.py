"""`bmtui moving-in`: the steps from another system to this one; 0 when all are done."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.documents import to_json
from bmtui.cli.options import Commands, command
from bmtui.cli.output import emit_one
from bmtui.desk.operations import moving_in


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    command(commands, common, "moving-in", _run)


def _run(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        steps = moving_in.steps(opened)
        left = [step for step in steps if not step.done]
        ends = f"{len(left):,} of {len(steps):,} steps are left." if left else "All steps are done."
        emit_one(args, {"done": not left, "steps": to_json(steps)}, [*(step.sentence for step in steps), ends])
    return exit_codes.PARTLY_DONE if left else exit_codes.DONE
