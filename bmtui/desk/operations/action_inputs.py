"""Inputs of each action, in its dialog and in its command: the values of both, and why one of them takes more.

Guides, JSON schemas and tests are made from `INPUTS`, so a dialog and its command cannot come to differ unnoticed.

Guides, JSON schemas and tests go through `INPUTS`, so that a dialog and its command cannot come apart unseen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bmtui.desk.after_sales import parameters as after_sales
from bmtui.desk.cancellation import parameters as cancellation
from bmtui.desk.companies import fields as companies
from bmtui.desk.core.parameter import Kind, Parameter
from bmtui.desk.invoicing import parameters as invoicing
from bmtui.desk.operations import numbers
from bmtui.desk.orders import parameters as orders
from bmtui.desk.overview import packing_documents
from bmtui.desk.refunds import parameters as refunds
from bmtui.desk.returns import parameters as returns
from bmtui.desk.rules import parameters as rules
from bmtui.desk.shipping import parameters as shipping
from bmtui.desk.sync import download
from bmtui.desk.tags import parameters as tags

_OF_ORDER = ("order",)
_OF_ORDERS = ("orders", "file")
_OF_RMA = ("rma",)
_WORD = "the name of the command says it"


@dataclass(frozen=True, slots=True)
class ActionInputs:
    """Inputs of an action that has a dialog and a command.

    Attributes:
        action: id of the action in the registry.
        command: the words of its command, without ``bmtui``.
        parameters: the values that dialog and command both take.
        about: the command's arguments that name the subject, such as the order; on a screen the cursor names it.
        only_dialog, only_command: names of values that only one of them takes, and why.
    """

    action: str
    command: str
    parameters: tuple[Parameter, ...]
    about: tuple[str, ...] = _OF_ORDER
    only_dialog: Mapping[str, str] = field(default_factory=dict)
    only_command: Mapping[str, str] = field(default_factory=dict)


_TOKEN = {
    "token_file": "no command line may have a token: it is in a file",
    "token_env": "a variable of the process that runs the command",
    "token_credential": "a credential of the service that runs the command",
}
_MOVES = {"status": _WORD}
_APPROVES = {"approval": _WORD}

INPUTS: tuple[ActionInputs, ...] = (
    ActionInputs("order.refund", "orders refund", refunds.REFUND),
    ActionInputs("order.refund", "orders refund-many", refunds.COMMON, _OF_ORDERS),
    ActionInputs("order.cancel", "orders cancel", cancellation.CANCEL),
    ActionInputs("order.cancel", "orders cancel-many", cancellation.CANCEL, _OF_ORDERS),
    ActionInputs("order.cancel_on_channel", "orders cancel-on-channel", cancellation.ON_CHANNEL),
    ActionInputs("order.ship", "orders ship", shipping.SHIP),
    ActionInputs("order.identify", "orders identify", shipping.IDENTIFY),
    ActionInputs("order.note", "orders note", (orders.TEXT,)),
    ActionInputs("order.paper_name", "orders paper-name", (orders.PAPER_NAME,)),
    *(
        ActionInputs(
            "order.papers", f"orders {kind}", packing_documents.PAPERS, only_dialog={"kind": _WORD}
        )
        for kind in ("delivery-note", "label", "packing-slip", "pick-list")
    ),
    ActionInputs(
        "order.tag", "orders tag", (), _OF_ORDERS,
        only_dialog={"tags": "one line says what to add, and after a minus what to remove"},
        only_command={one.name: "the dialog has one line for both" for one in tags.TAG},
    ),
    ActionInputs("upload.notified", "shipments mark-notified", (shipping.SHIPMENT_NOTE,), ("shipment",)),
    ActionInputs("upload.dismiss", "shipments dismiss", (shipping.SHIPMENT_NOTE,), ("shipment",)),
    ActionInputs("invoice.make_for_business", "invoices make", invoicing.MAKE),
    ActionInputs(
        "order.rma", "returns create", returns.CREATE,
        only_command={"folder": "the dialog is opened from the folder, and knows it"},
    ),
    ActionInputs("return.receive", "returns receive", returns.RECEIVE, _OF_RMA),
    *(
        ActionInputs("return.approve", f"returns {word}", (returns.ONE_LINE,), _OF_RMA, only_dialog=_APPROVES)
        for word in ("approve", "reject", "undecide")
    ),
    ActionInputs("return.resolve", "returns resolve", returns.RESOLVE, _OF_RMA),
    ActionInputs(
        "return.refund", "returns refund", returns.REFUND, _OF_RMA,
        only_command={"amount": "is refused inside an RMA, where lines are refunded; the refusal says the way"},
    ),
    ActionInputs("return.cancel", "returns cancel", returns.CANCEL, _OF_RMA),
    *(
        ActionInputs("return.status", f"returns {word}", (returns.NOTE,), _OF_RMA, only_dialog=_MOVES)
        for word in ("hold", "process", "reopen", "close")
    ),
    ActionInputs("return.note", "returns note", returns.ADD_NOTE, _OF_RMA),
    ActionInputs("return.track", "returns track", returns.TRACK, _OF_RMA),
    ActionInputs("care.transfer", "care transfer", after_sales.TRANSFER, ("folder",)),
    ActionInputs("approval.reject", "approvals reject", (refunds.REJECTION,), ("approval",)),
    ActionInputs("number.confirm", "numbers confirm", (numbers.LAST,), ("series",)),
    ActionInputs("number.begin", "numbers begin", (numbers.NEXT,), ("series",)),
    ActionInputs(
        "orders.download", "orders download", (download.SINCE,), ("order",),
        only_dialog={"company": "--company says it, as for every command"},
    ),
    ActionInputs(
        "company.add", "company add", companies.ADD, (),
        only_dialog={"token": "is pasted where nobody sees it"}, only_command=_TOKEN,
    ),
    ActionInputs("company.remove", "company remove", (companies.HISTORY,), ("name",)),
    ActionInputs("rule.write", "rules save", rules.RULE, ()),
)  # fmt: skip


def of_command(command: str) -> ActionInputs | None:
    """Return the inputs of a command, None if it is no action of the screens."""
    return next((one for one in INPUTS if one.command == command), None)


def table(label_of: Mapping[str, str]) -> str:
    """Return a Markdown list: each action with its command and the values that both take; `label_of`: labels by id."""
    lines = []
    for one in INPUTS:
        lines.append(f"- **{label_of.get(one.action, one.action)}**, `bmtui {one.command}`")
        lines += [f"  - {_told(parameter)}" for parameter in one.parameters]
        lines += [f"  - `{name}` on the screen only: {why}" for name, why in one.only_dialog.items()]
        lines += [f"  - `{name}` in the command only: {why}" for name, why in one.only_command.items()]
    return "\n".join(lines)


def _told(parameter: Parameter) -> str:
    kind = "one of " + ", ".join(parameter.choices) if parameter.choices else _KINDS[parameter.kind]
    each = " for each line" if parameter.by_line else ", several" if parameter.between else ""
    return f"{parameter.label} (`{parameter.name}`): {kind}{each}"


_KINDS: Mapping[Kind, str] = {
    Kind.TEXT: "a text of one line",
    Kind.NOTE: "a text of several lines",
    Kind.CHOICE: "one of several words",
    Kind.TOGGLE: "yes or no",
    Kind.NUMBER: "a whole number",
    Kind.AMOUNT: "an amount",
    Kind.PERCENT: "percent",
    Kind.DAY: "a day",
    Kind.TIME: "a day or a time",
    Kind.ZONE: "a time zone",
    Kind.COUNTRY: "a country",
    Kind.TAX_ID: "a VAT or tax id",
    Kind.IDENTIFIER: "an IMEI or serial number",
    Kind.TRACKING: "a tracking number",
    Kind.SECRET: "a secret",
    Kind.FILE: "the path of a file",
}


def schema(name: str, inputs: ActionInputs) -> dict[str, Any]:
    """Return the JSON Schema of a command's values, with the title `name`: texts by the names of the parameters."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "description": f"What 'bmtui {inputs.command}' takes, as texts. Values are added, never taken away.",
        "type": "object",
        "properties": {one.name: _property(one) for one in inputs.parameters},
        "required": [one.name for one in inputs.parameters if one.required],
    }


def _property(parameter: Parameter) -> dict[str, Any]:
    text: dict[str, Any] = {"type": "string", "maxLength": parameter.longest}
    if parameter.choices:
        text = {"enum": list(parameter.choices)}
    elif parameter.kind is Kind.TOGGLE:
        text = {"type": "boolean"}
    several = {"type": "array", "items": text} if parameter.between else text
    found: dict[str, Any] = several
    if parameter.by_line:
        found = {"type": "object", "propertyNames": {"pattern": "^[0-9]+$"}, "additionalProperties": several}
    told: Sequence[str] = (parameter.label, parameter.help)
    described = {"description": ". ".join(filter(None, told)), **found}
    return described | ({"default": parameter.default} if parameter.default else {})
