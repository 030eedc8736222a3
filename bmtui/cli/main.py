"""Entry point of the command line: parses, runs one command, turns errors into a sentence and an exit code.

`--version` and `--help` end within the parser: imports that only a command needs stand where it runs.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import sys
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from bmtui.cli import standard_streams
from bmtui.cli.parser import parser_of_given_command

_COLLECT_AFTER = 20_000
"""New objects after which a command looks for garbage. Imports and rows make many that stay: at Python's own pace,
looking costs a twentieth of it. The screens, which stay open for days, keep that pace."""
_USUAL_PACE = gc.get_threshold()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    gc.set_threshold(_COLLECT_AFTER)
    # Not by set_defaults, which would change the options that all commands share.
    defaults = argparse.Namespace(home=None, company=None, read_only=False, json=False, csv=False, run=None, log=True)
    words = sys.argv[1:] if argv is None else list(argv)
    standard_streams.make_usable()
    prepare = partial(_skip_driver_of_postgresql, words)
    args = parser_of_given_command(before_import=prepare).parse_args(words, defaults)
    from bmtui import settings
    from bmtui.cli import exit_codes, logs
    from bmtui.cli.output import say
    from bmtui.errors import BmtuiError

    try:
        if args.log:
            logs.begin(settings.load(args.home))
        if args.run is None:
            prepare()
        code = (args.run or _desk)(args)
        sys.stdout.flush()
        return int(code)
    except KeyboardInterrupt:
        say("Interrupted.")
        return exit_codes.INTERRUPTED
    except BrokenPipeError:
        # The reader of the output has closed it.
        standard_streams.give_up()
        return exit_codes.DONE
    except BmtuiError as error:
        return _failed(error)
    except Exception as error:  # noqa: BLE001 - no traceback for an operator, whatever happens
        import traceback

        if why := standard_streams.why_not_written(error):
            say(f"The output cannot be written: {why}. The command itself may have worked.")
            return exit_codes.FAILED
        # Frames without values: those may hold a customer's data or a token.
        frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
        logs.log.error("%s\n%s", type(error).__name__, frames)
        return _failed(error)


def _skip_driver_of_postgresql(words: Sequence[str]) -> None:
    """Keep peewee from importing the PostgreSQL driver when the store is SQLite: a tenth of the start."""
    from bmtui import settings
    from bmtui.errors import BmtuiError

    if any("postgres" in word for word in words):
        return
    home = next((after for word, after in pairwise([*words, ""]) if word == "--home"), None)
    home = next((word.removeprefix("--home=") for word in words if word.startswith("--home=")), home)
    with contextlib.suppress(BmtuiError):  # the command itself says what is wrong with the settings
        if settings.load(home).store_url.startswith("sqlite:"):
            sys.modules.setdefault("psycopg", None)  # type: ignore[arg-type]


def _desk(args: argparse.Namespace) -> int:
    """Show the screens, which `bmtui` without a command opens; return the exit code."""
    # Garbage collection during imports costs a twentieth of the start; the app turns it on again.
    gc.disable()
    gc.set_threshold(*_USUAL_PACE)
    try:
        from bmtui import tui
        from bmtui.cli.common import desk

        with desk(args) as opened:
            code = tui.run(opened, mouse=args.mouse, debug=args.debug)
    finally:
        gc.enable()
    return main(["demo", *["--mouse"] * args.mouse]) if code == tui.DEMO else code


def _failed(error: BaseException) -> int:
    """Print the error's message and advice on stderr, and return its exit code."""
    from bmtui.cli import exit_codes
    from bmtui.cli.output import say
    from bmtui.errors import explain

    found = explain(error)
    # Leave out a title that the message begins with.
    text = found.message if found.message.startswith(found.title) else f"{found.title}: {found.message}"
    say(f"{text} {found.advice}".rstrip())
    return exit_codes.code_of(type(error))


if __name__ == "__main__":
    sys.exit(main())
