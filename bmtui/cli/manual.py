"""Manual page and list of commands, made from the parser, so that they cannot differ from it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from bmtui import __version__
from bmtui.cli import exit_codes

_EXIT = (
    (exit_codes.DONE, "Done."),
    (exit_codes.FAILED, "Failed."),
    (exit_codes.USAGE, "Usage or configuration."),
    (exit_codes.REFUSED_BY_RULE, "Refused by a rule; nothing was changed."),
    (exit_codes.NOT_FOUND, "Not found."),
    (exit_codes.CHANNEL, "The channel was not reachable or refused."),
    (exit_codes.PARTLY_DONE, "Partly done."),
    (exit_codes.OUTCOME_UNKNOWN, "The outcome is unknown: see 'bmtui outbox list'."),
    (exit_codes.INTERRUPTED, "Interrupted."),
)
_FILES = (
    ("bmtui.toml", "Configuration; 'bmtui help configuration'."),
    ("screens.toml", "Colours, columns and keys of the screens."),
    ("credentials/", "Tokens, a file of mode 0600 each."),
    ("bmtui.sqlite", "The store, unless bmtui.toml names another one."),
    ("bmtui.log", "The log, rotated."),
)


def commands_of(
    parser: argparse.ArgumentParser, name: str = "bmtui"
) -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    """Yield each command as (its full name, its parser, its line of help); groups are left out."""
    for action in parser._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for word, sub in action.choices.items():
            whole = f"{name} {word}"
            if any(isinstance(inner, argparse._SubParsersAction) for inner in sub._actions):
                yield from commands_of(sub, whole)
            else:
                yield whole, sub, helps.get(word, "")


def options_of(parser: argparse.ArgumentParser, common: bool = False) -> Iterator[tuple[str, str]]:
    """Yield arguments and options of a command as (usage, help): its own ones, or with `common` the shared ones."""
    for action in parser._actions:
        shared = bool({"--home", "--company", "--read-only", "-h"} & set(action.option_strings))
        if shared is not common or action.dest == "help" or action.help == argparse.SUPPRESS:
            continue
        if isinstance(action, argparse._SubParsersAction):
            continue
        yield _written(action), action.help or ""


def markdown(parser: argparse.ArgumentParser) -> str:
    """Return the list of all commands as Markdown, for a guide."""
    lines = []
    for name, sub, about in commands_of(parser):
        usage = " ".join(
            written if written.startswith("-") is False else f"[{written}]" for written, _ in options_of(sub)
        )
        lines += [f"### {name}", "", f"{about[:1].upper()}{about[1:]}.", ""]
        lines += [f"    {name} {usage}".rstrip(), ""]
        lines += [f"- `{written}`: {text}" for written, text in options_of(sub) if text]
        lines += [""]
    return "\n".join(lines)


def page(parser: argparse.ArgumentParser) -> str:
    """Return the manual page in troff."""
    out = [
        f'.TH BMTUI 1 "" "bmtui {__version__}" "User Commands"',
        ".SH NAME",
        r"bmtui \- the order desk for Back Market sellers in the terminal",
        ".SH SYNOPSIS",
        r".B bmtui",
        r"[\-\-home DIR] [\-\-company NAME] [\-\-read\-only] [COMMAND]",
        ".SH DESCRIPTION",
        _escaped(parser.description or ""),
        ".SH OPTIONS",
    ]
    for written, text in options_of(parser, common=True):
        out += [".TP", f"\\fB{_escaped(written)}\\fR", _escaped(text)]
    out.append(".SH COMMANDS")
    for name, sub, about in commands_of(parser):
        out += [f".SS {_escaped(name)}", _escaped(f"{about[:1].upper()}{about[1:]}.")]
        for written, text in options_of(sub):
            out += [".TP", f"\\fB{_escaped(written)}\\fR", _escaped(text or written)]
    out.append(".SH EXIT STATUS")
    for code, text in _EXIT:
        out += [".TP", f"\\fB{code}\\fR", _escaped(text)]
    out.append(".SH FILES")
    out.append("In the folder that --home or BMTUI_HOME names; 'bmtui info' prints each path.")
    for file, text in _FILES:
        out += [".TP", f"\\fI{_escaped(file)}\\fR", _escaped(text)]
    return "\n".join(out) + "\n"


def _written(action: argparse.Action) -> str:
    metavar = action.metavar if isinstance(action.metavar, str) else None
    if not action.option_strings:
        name = metavar or (f"{{{','.join(map(str, action.choices))}}}" if action.choices else action.dest.upper())
        return f"[{name}]" if action.nargs in ("?", "*") else name
    name = ", ".join(action.option_strings)
    if action.nargs == 0:
        return name
    if metavar is None and action.choices:
        metavar = f"{{{','.join(map(str, action.choices))}}}"
    return f"{name} {metavar or action.dest.upper()}"


def _escaped(text: str) -> str:
    # A manual page may be read without a locale, in ASCII.
    text = text.replace("…", "...").replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
