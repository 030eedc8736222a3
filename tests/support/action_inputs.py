"""Dialogs and command lines of the actions in `action_inputs.INPUTS`, and texts that are no value."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import timedelta

from installation import FOLDER, number
from scenes import Scene, _go

from bmtui.cli import manual
from bmtui.cli.parser import whole_parser
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Kind, Parameter
from bmtui.desk.operations import distrust
from bmtui.desk.operations.action_inputs import ActionInputs
from bmtui.desk.returns import actions as return_actions
from bmtui.store.models import CareFolder, Return, Shipment

IMEI, LABEL = "356938035643809", "1Z999AA10123456793"
SPREADSHEET = ("3.51E+14", "#N/A", "=A1", "null")
"""Texts that a spreadsheet leaves in place of a value of any kind."""
NO_VALUE: Mapping[Kind, tuple[str, ...]] = {
    Kind.AMOUNT: (*SPREADSHEET, "abc", "1.000", "1,2,3", "-5", "2026-11-23"),
    Kind.DAY: (*SPREADSHEET, "soon", "01.02.2026", "2026-02-30", "45985", "23.11.26"),
    Kind.TIME: (*SPREADSHEET, "soon", "01.02.2026", "2026-02-30", "45985", "2026-11-01-08-00"),
    Kind.NUMBER: (*SPREADSHEET, "abc", "1.5", "-1", "²"),
    Kind.PERCENT: (*SPREADSHEET, "much", "100", "-5"),
    Kind.ZONE: (*SPREADSHEET, "Mars", "GMT+25"),
    Kind.COUNTRY: (*SPREADSHEET, "Narnia", "XX"),
    Kind.TAX_ID: (*SPREADSHEET, "!!", "FR00000000000"),
    Kind.IDENTIFIER: (*SPREADSHEET, "000000000000000", "356938035643800", "4006381333931", "https://a.example/x"),
    Kind.TRACKING: (*SPREADSHEET, IMEI, "356938035643800", "4006381333931", "https://a.example/1Z999AA10123456784"),
    Kind.CHOICE: ("no such word",),
    Kind.TOGGLE: ("perhaps",),
}
"""Texts that are no value, by kind."""
LONGEST = (Kind.TEXT, Kind.NOTE)
"""Kinds that accept any text up to a length."""
UNREAD = (Kind.SECRET, Kind.FILE)
"""Kinds that are checked only when they are used: a token by Back Market, a path by the disk."""


def texts_of(parameter: Parameter) -> tuple[str, ...]:
    """Return texts that are no value of the parameter."""
    if parameter.kind in LONGEST:
        return ("x" * (parameter.longest + 1),)
    return NO_VALUE.get(parameter.kind, ())


# On the screens

_RETURNS = "M ReturnsScreen"
WAYS: Mapping[str, Scene] = {
    "orders refund": _go("r Refund", find=f"id:{number(2)}"),
    "orders refund-many": _go("space space r RefundMany", find="channel:shipped payment:charged"),
    "orders cancel": _go("c Cancel", find=f"id:{number(9)}"),
    "orders cancel-many": _go("space space c Cancel", find="channel:to_ship status:in_process"),
    "orders cancel-on-channel": _go("C ChannelCancel", find=f"id:{number(21)}"),
    "orders ship": _go("t Ship", find=f"id:{number(21)}"),
    "orders identify": _go("N Identify", find=f"id:{number(9)}"),
    "orders note": _go("n AskText", find=f"id:{number(2)}"),
    "orders paper-name": _go("Y AskText", find=f"id:{number(2)}"),
    "orders delivery-note": _go("p Papers", find=f"id:{number(9)}"),
    "orders tag": _go("x AskText", find=f"id:{number(2)}"),
    "shipments mark-notified": _go("f6 UploadsScreen", "N AskText"),
    "shipments dismiss": _go("f6 UploadsScreen", "x Form"),
    "invoices make": _go("I QueueScreen", "v AskText"),
    "returns create": _go("m Form", find=f"id:{number(26)}"),
    "returns receive": _go(_RETURNS, "v Form"),
    "returns approve": _go(_RETURNS, "a Form"),
    "returns resolve": _go(_RETURNS, "d Form"),
    "returns refund": _go(_RETURNS, "r Form"),
    "returns cancel": _go(_RETURNS, "c Form"),
    "returns hold": _go(_RETURNS, "t Form"),
    "returns note": _go(_RETURNS, "n Form"),
    "returns track": _go(_RETURNS, "T Form"),
    "care transfer": _go("E FoldersScreen", "t Form"),
    "approvals reject": _go("A ApprovalsScreen", "x AskText"),
    "numbers confirm": _go("I QueueScreen", "N NumbersScreen", "enter AskText"),
    "numbers begin": _go("I QueueScreen", "N NumbersScreen", "j b AskText"),
    "orders download": _go("D Download"),
    "company add": _go("comma SettingsScreen", "a Form"),
    "company remove": _go("comma SettingsScreen", "x Form"),
    "rules save": _go("ampersand RulesScreen", "n Form"),
}
"""Keys to the dialog of each command; a dialog of several commands stands under the first of them."""
SAME = {
    "orders label": "orders delivery-note",
    "orders packing-slip": "orders delivery-note",
    "orders pick-list": "orders delivery-note",
    "returns reject": "returns approve",
    "returns undecide": "returns approve",
    "returns process": "returns hold",
    "returns reopen": "returns hold",
    "returns close": "returns hold",
}
"""Commands that share the dialog of another command."""
FILLED: Mapping[str, Mapping[str, str]] = {
    "orders ship": {"tracking": LABEL, "carrier": "UPS"},
    "care transfer": {"carrier": "UPS", "tracking": LABEL},
    "rules save": {"name": "Big", "when": "order.created", "query": "total:>5", "then": "tag vip"},
    "returns track": {"carrier": "UPS"},
}
"""Values to type first in the other fields of a dialog, so that only the tested field is wrong."""


def prepare(desk: Desk, command: str) -> None:
    """Change the installation so that the dialog shows all of its fields."""
    if command == "orders ship":
        companies.change(desk, None, {"identifier_policy": "PHN*=imei"})
    if command.startswith("shipments"):
        Shipment.update(state="failed").execute()
    if command == "care transfer":
        CareFolder.update(folder_id=FOLDER % 1000).execute()
    if command == "numbers confirm":
        distrust.doubt(desk, desk.now() - timedelta(days=1))
    if command == "returns cancel":
        return_actions.receive(desk, Return.get().id)


# As commands

GOOD = {
    "status": "on_hold", "text": "A note", "name": "Big", "tracking": LABEL, "carrier": "UPS", "platform": "eu",
    "contact": "a@b.example", "when": "order.created", "resolution": "refund", "reason": "wrong", "action": "REPAIR",
    "last": "5",
}  # fmt: skip
"""Valid values of required parameters, by name."""
MORE = {
    "orders ship": ("--tracking", LABEL, "--carrier", "UPS"),
    "rules save": ("--if", "total:>5", "--then", "tag vip"),
    "company add": ("--token-env", "NO_SUCH_TOKEN"),
    "invoices make": ("--dry-run",),
}
_ORDER = {
    "orders cancel": 9, "orders cancel-many": 9, "orders cancel-on-channel": 21, "orders ship": 9,
    "orders identify": 9, "invoices make": 6, "returns create": 26,
}  # fmt: skip


def _about(inputs: ActionInputs) -> list[str]:
    """Return the words for the object of the command, such as an order number."""
    first = next(iter(inputs.about), "")
    if first in ("order", "orders"):
        return [] if inputs.command == "orders download" else [str(number(_ORDER.get(inputs.command, 2)))]
    named = {"rma": "1", "folder": str(FOLDER), "shipment": "1", "approval": "1", "series": "Shop/FR/invoice/2026"}
    return {"": [], "name": ["Shop"]}.get(first) or [named[first]] if first else []


def words_of(inputs: ActionInputs, wrong: Parameter, text: str) -> list[str]:
    """Return the words of the command with `text` for the parameter `wrong`."""
    line = {"orders cancel-on-channel": 22, "orders ship": 10, "orders identify": 10, "returns create": 27}
    given = [f"{line.get(inputs.command, 3)}={text}"] if wrong.by_line else [text]
    words, options = [*inputs.command.split(), *_about(inputs)], []
    for one in inputs.parameters:
        value = given[0] if one is wrong else GOOD.get(one.name, "") if one.required else None
        if value is None:
            continue
        option = one.option or f"--{one.name.replace('_', '-')}"
        if option.startswith("-"):
            options.append(f"{option}={value}")
        else:
            words.append(f" {value}" if value.startswith("-") else value)
    more = MORE.get(inputs.command, ())
    own = [f"--{wrong.name}"] if wrong.name in ("tracking", "carrier") else []
    kept = [word for at, word in enumerate(more) if word not in own and (at == 0 or more[at - 1] not in own)]
    return [*words, *options, *kept]


def parsers() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command, by its words."""
    return {name.removeprefix("bmtui "): parser for name, parser, _ in manual.commands_of(whole_parser())}
