"""`bmtui help`: the guides, complete, without a network, and without an installation."""

from __future__ import annotations

import argparse
import json
import os
import pydoc
import sys
from collections.abc import Mapping

from bmtui import guides
from bmtui.cli import exit_codes, manual
from bmtui.cli.command_table import COMMANDS
from bmtui.cli.options import Commands


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "help", help=COMMANDS["help"].help, description="The guides.",
        allow_abbrev=False,
    )  # fmt: skip
    parser.add_argument("topic", nargs="?", metavar="TOPIC", help=", ".join(guides.TOPICS))
    parser.add_argument(
        "document",
        nargs="?",
        metavar="DOCUMENT",
        help="of 'reference': api, order-desk …; of 'schema': order …",
    )
    parser.add_argument("--json", action="store_true", help="the topics, or the guide, as JSON")
    parser.set_defaults(run=_run, log=False)


def parts() -> Mapping[str, guides.Part]:
    """Everything that a guide can ask for."""
    from bmtui.cli.parser import whole_parser
    from bmtui.desk.operations import action_inputs
    from bmtui.desk.operations.guide_tables import PARTS
    from bmtui.tui.actions import registry
    from bmtui.tui.actions.keys_guide import keys

    def actions(_: str) -> str:
        return action_inputs.table({action.id: action.label for action in registry.ACTIONS})

    return {**PARTS, "actions": actions, "keys": keys, "commands": lambda _: manual.markdown(whole_parser())}


def _run(args: argparse.Namespace) -> int:
    if args.topic is None:
        if args.json:
            print(json.dumps(dict(guides.TOPICS), indent=2))
            return exit_codes.DONE
        width = max(map(len, guides.TOPICS))
        print("bmtui help TOPIC:\n")
        for topic, about in guides.TOPICS.items():
            print(f"  {topic:<{width}}  {about}")
        return exit_codes.DONE
    if args.topic == "schema":
        from bmtui.cli import json_schemas

        if args.document is None:
            print("\n".join(json_schemas.names()))
        else:
            print(json.dumps(json_schemas.schema(args.document), indent=2))
        return exit_codes.DONE
    topic = f"{args.topic}/{args.document}" if args.document else args.topic
    text = guides.text(topic, parts())
    if args.json:
        print(json.dumps({"topic": topic, "text": text}, ensure_ascii=False, indent=2))
    elif sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        pydoc.pager(text)
    else:
        print(text)
    return exit_codes.DONE
