"""Command `bmtui help`: the complete guides, without a network and without an installation."""

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
from bmtui.errors import ConfigError, NotFound


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "help", help=COMMANDS["help"].help, description="The guides.",
        allow_abbrev=False,
    )  # fmt: skip
    parser.add_argument("topic", nargs="?", metavar="TOPIC", help=", ".join(guides.TOPICS))
    parser.add_argument(
        "document",
        nargs="*",
        metavar="DOCUMENT",
        help="of 'reference': api, order-desk …; of 'schema': order, orders refund …; of 'search': words",
    )
    parser.add_argument("--json", action="store_true", help="the topics, or the guide, as JSON")
    parser.set_defaults(run=_run, log=False)


def parts() -> Mapping[str, guides.Part]:
    """Parts that guides include, by name: tables of actions, keys, commands and settings."""
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
        print("bmtui help TOPIC, or 'bmtui help search WORDS' to find words in all of them:\n")
        for topic, about in guides.TOPICS.items():
            print(f"  {topic:<{width}}  {about}")
        return exit_codes.DONE
    if args.topic == "search":
        return _search(" ".join(args.document), as_json=args.json)
    if args.topic == "schema":
        from bmtui.cli import json_schemas

        if not args.document:
            print("\n".join(json_schemas.names()))
        else:
            # The words of a command as they are typed, too.
            print(json.dumps(json_schemas.schema("_".join(args.document).replace("-", "_")), indent=2))
        return exit_codes.DONE
    if len(args.document) > 1:
        raise ConfigError(
            f"'bmtui help {args.topic}' takes one DOCUMENT, not {len(args.document)}.",
            "To find words in all guides: bmtui help search WORDS.",
        )
    document = args.document[0] if args.document else None
    topic = f"{args.topic}/{document}" if document else args.topic
    text = guides.text(topic, parts())
    if args.json:
        print(json.dumps({"topic": topic, "text": text}, ensure_ascii=False, indent=2))
    elif sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        pydoc.pager(text)
    else:
        print(text)
    return exit_codes.DONE


def _search(words: str, *, as_json: bool) -> int:
    """Print each section of a guide that holds all `words`: its guide, its heading, and the line that fits best."""
    if not words.strip():
        raise ConfigError("'bmtui help search' needs words to find.", "For example: bmtui help search undo window.")
    found = guides.search(words, guides.sections(parts()))
    rows = [(section.topic, section.heading, section.line_with(words.lower().split())) for section in found]
    if as_json:
        keys = ("topic", "heading", "line")
        print(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], ensure_ascii=False, indent=2))
        return exit_codes.DONE
    if not rows:
        raise NotFound(f"No guide has all of these words: {words[:60]}.", "Use fewer words, or parts of them.")
    for topic, heading, line in rows:
        print(f"{topic} · {heading}\n    {line}")
    return exit_codes.DONE
