"""Command `bmtui sandbox`: the practice marketplace alone."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.command_table import COMMANDS
from bmtui.cli.options import Commands, rate
from bmtui.errors import ConfigError
from bmtui.sandbox import FAULTS, QUIRKS, SandboxOptions


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    quirks = "\n".join(f"  {name}={'|'.join(quirk.values)}\n      {quirk.help}" for name, quirk in QUIRKS.items())
    faults = "\n".join(f"  {name}\n      {help}" for name, help in FAULTS.items())
    parser: argparse.ArgumentParser = commands.add_parser(
        "sandbox",
        parents=[common],
        help=COMMANDS["sandbox"].help,
        description="A practice Back Market. Its first line on stdout is: http://HOST:PORT TOKEN",
        epilog=f"quirks (the first value is the default):\n{quirks}\n\nfaults:\n{faults}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    parser.add_argument(
        "--orders", type=int, default=200, metavar="N", help="how many orders it has at the start (200)"
    )
    parser.add_argument("--days", type=int, default=90, metavar="N", help="how far back its orders go (90)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed makes the same marketplace (1)")
    parser.add_argument(
        "--quirk", action="append", default=[], metavar="NAME=VALUE", help="another reading of the contract"
    )
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[:P]", help="a fault, with probability P")
    parser.add_argument(
        "--live",
        type=rate,
        default=0.0,
        metavar="RATE",
        help="events a minute: buyers order, pay, cancel, complain and write, parcels arrive (0)",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from bmtui.sandbox.server import serve

    quirks: dict[str, str] = {}
    for text in args.quirk:
        name, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"'{text}' is not NAME=VALUE.", "See 'bmtui sandbox --help'.")
        quirks[name] = value
    try:
        options = SandboxOptions(
            host=args.host,
            port=args.port,
            orders=args.orders,
            seed=args.seed,
            days=args.days,
            quirks=quirks,
            faults=args.fault,
            live=args.live,
        )
        serve(options, lambda url, token: print(url, token, flush=True))
    except ValueError as error:
        raise ConfigError(str(error), "See 'bmtui sandbox --help'.") from error
    except OSError as error:
        raise ConfigError(f"The sandbox cannot listen on {args.host}:{args.port} ({error.strerror}).") from error
    return exit_codes.DONE
