"""Command `bmtui metrics`: Prometheus text for a file collector or a timer; bmtui has no server."""

from __future__ import annotations

import argparse
from pathlib import Path

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.options import Commands, command
from bmtui.cli.output import emit_one
from bmtui.configuration import replace_file


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    parser = command(commands, common, "metrics", _run)
    parser.add_argument("--output", metavar="FILE", help="replace FILE at once, for node_exporter's textfile collector")


def _run(args: argparse.Namespace) -> int:
    from bmtui.desk.operations import metrics

    with desk(args) as opened:
        found = metrics.read(opened)
    text = metrics.prometheus(found)
    if args.output:
        # Collectors read the file, and nothing in it is private.
        replace_file(Path(args.output).absolute(), text, mode=0o644)
    else:
        emit_one(args, {metric.name: metric.samples for metric in found}, [text.rstrip()])
    return exit_codes.DONE
