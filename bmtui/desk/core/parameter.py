"""Description of the values that actions and settings take.

A command's options, a dialog's fields, the columns of a file, the checks, the guides and the JSON schemas are made from
`Parameter`s. Each says its kind of value, and each kind has one reader in `bmtui.values`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Any

from bmtui.errors import ConfigError, NotRead
from bmtui.text import plain
from bmtui.values import (
    amount,
    cleaning,
    date,
    identifier,
    note,
    percent,
    tax_id,
    tracking_number,
    whole_number,
)

_MEANINGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class Kind(StrEnum):
    """Kind of a value; `READERS` has the reader of each."""

    TEXT = "text"
    NOTE = "note"
    CHOICE = "choice"
    TOGGLE = "toggle"
    NUMBER = "number"
    AMOUNT = "amount"
    PERCENT = "percent"
    DAY = "day"
    TIME = "time"
    ZONE = "zone"
    COUNTRY = "country"
    TAX_ID = "tax_id"
    IDENTIFIER = "identifier"
    TRACKING = "tracking"
    SECRET = "secret"  # noqa: S105 - the word, not a secret
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Around:
    """Context that some readers need besides the text: the currency of an amount, the clock and zone of a day."""

    currency: str = ""
    now: datetime | None = None
    zone: tzinfo = UTC


_ALONE = Around()


@dataclass(frozen=True, slots=True)
class Parameter:
    """Value that an action or a setting takes.

    Attributes:
        name: the field of a dialog and of errors, the column of a file, the key of a setting, and the option of a
            command, unless `option` says another.
        default: the value that holds without an answer; "": none.
        option: of the command; without hyphens in front it is an argument with a place instead of a name.
        shape: of the value, as the help of the command shows it.
        noun: the value in messages; "": the label.
        hint: text of an empty field.
        longest: characters of a text.
        low, high: bounds of a number.
        by_line: one for each line of the order; `whole` is the value of a line that is named without one.
        between: separator of several values in one field; "": there is one value. A command takes the option again.
        headings: other names of the column in files.
    """

    name: str
    label: str
    kind: Kind
    help: str = ""
    choices: tuple[str, ...] = ()
    default: str = ""
    required: bool = False
    option: str = ""
    shape: str = ""
    noun: str = ""
    hint: str = "none"
    longest: int = 300
    low: int = 0
    high: int | None = None
    by_line: bool = False
    whole: str = ""
    between: str = ""
    headings: tuple[str, ...] = ()

    @property
    def explanation(self) -> str:
        """Label, help and choices, as exports and guides print them."""
        return f"{self.label}. {self.help}" + (f" One of: {', '.join(self.choices)}." if self.choices else "")

    def field(self, line: int | None = None) -> str:
        """Return the name of the field, for an error or a dialog; of a line of the order, where each has one."""
        return self.name if line is None else f"{self.name}-{line}"

    def read(self, text: str, around: Around = _ALONE, *, line: int | None = None) -> Any:
        """Return the value that `text` means.

        Raises:
            NotRead, ValueRefused: as the reader of its kind.
        """
        return READERS[self.kind](self, text, self.field(line), around)

    def cleaned(self, text: str) -> str:
        """Return `text` without control characters: 'true' or 'false' of a toggle, one of the values of a choice.

        Raises:
            NotRead: it is none of these.
        """
        value = plain(text).strip()
        if self.kind is Kind.TOGGLE:
            return "true" if _toggle(self, value, self.name, _ALONE) else "false"
        return _choice(self, value, self.name, _ALONE) if self.kind is Kind.CHOICE else value

    def check_length(self, value: str, most: int) -> None:
        """Check the length of `value`. Raises ConfigError: it has more than `most` characters."""
        if len(value) > most:
            raise ConfigError(f"{self.label} has {len(value)} characters; {most} is the most.", field=self.name)


def named(settings: Mapping[str, Parameter], key: str, kind: str = "setting", others: str = "") -> Parameter:
    """Return the setting `key`. Raises ConfigError, with the names of the settings: there is none."""
    found = settings.get(key)
    if found is None:
        raise ConfigError(f"There is no {kind} '{key}'.", f"Settings: {', '.join(settings)}{others}.")
    return found


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers for parameters, as texts: from a dialog, a command, or the row of a file.

    `given` has the texts by field, as `Parameter.field` names it. Empty ones count as no answer.
    """

    given: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def typed(cls, parameters: Sequence[Parameter], fields: Mapping[str, str]) -> Answers:
        """Return the answers of a dialog's fields, where several values stand in one."""
        between = {one.name: one.between for one in parameters if one.between}
        found: dict[str, Sequence[str]] = {}
        for name, text in fields.items():
            mark = between.get(name) or between.get(name.rpartition("-")[0], "")
            found[name] = tuple(filter(None, map(str.strip, text.split(mark)))) if mark else (text,)
        return cls(found)

    def text(self, parameter: Parameter) -> str:
        """Return the parameter's text, or its default."""
        return next(iter(self.given.get(parameter.name, ())), "") or parameter.default

    def read_text(self, parameter: Parameter) -> str:
        """Return the value of a text or note, "" without one. Raises as `Parameter.read`."""
        return str(self.value(parameter) or "")

    def says(self, parameter: Parameter) -> bool:
        """Return whether the parameter was given, even as empty."""
        return parameter.name in self.given

    def several(self, parameter: Parameter, line: int | None = None) -> tuple[str, ...]:
        """Return the texts of a parameter that has several values."""
        return tuple(filter(None, self.given.get(parameter.field(line), ())))

    def by_line(self, parameter: Parameter) -> Mapping[int, tuple[str, ...]]:
        """Return the texts of each line of the order, without lines that have none."""
        begin = f"{parameter.name}-"
        lines = (int(name.removeprefix(begin)) for name in self.given if name.startswith(begin))
        return {line: texts for line in lines if (texts := self.several(parameter, line))}

    def value(self, parameter: Parameter, around: Around = _ALONE) -> Any:
        """Return the parameter's value; None without a text. Raises as `Parameter.read`."""
        text = self.text(parameter)
        return parameter.read(text, around) if text else None


def columns(parameters: Sequence[Parameter]) -> Mapping[str, tuple[str, ...]]:
    """Return the columns of a file with these parameters, each with its other headings."""
    return {one.name: one.headings for one in parameters}


def _text(parameter: Parameter, text: str, field: str, around: Around) -> str:
    wanted = _noun(parameter)
    longest, required = parameter.longest, parameter.required
    return note.read_name(text, field=field, wanted=wanted, longest=longest, required=required).value


def _note(parameter: Parameter, text: str, field: str, around: Around) -> str:
    return note.read_note(text, field=field, longest=parameter.longest, required=parameter.required).value


def _choice(parameter: Parameter, text: str, field: str, around: Around) -> str:
    value = plain(text).strip()
    if value not in parameter.choices:
        came = cleaning.shown(value)
        said = f"'{came}' is no value of {parameter.label}."
        raise NotRead(field, came, "none of the values", f"Values: {', '.join(parameter.choices)}.", message=said)
    return value


def _toggle(parameter: Parameter, text: str, field: str, around: Around) -> bool:
    word = plain(text).strip().lower()
    if word not in _MEANINGS:
        came, name = cleaning.shown(text), parameter.name
        said = f"'{came}' is neither true nor false ({parameter.label})."
        raise NotRead(field, came, "neither true nor false", f"Write {name}=true or {name}=false.", message=said)
    return _MEANINGS[word]


def _number(parameter: Parameter, text: str, field: str, around: Around) -> int:
    return whole_number.read(text, field=field, wanted=_noun(parameter), low=parameter.low, high=parameter.high)


def _noun(parameter: Parameter) -> str:
    return parameter.noun or parameter.label[:1].lower() + parameter.label[1:]


def _today(around: Around) -> Any:
    return (around.now or datetime.now(UTC)).astimezone(around.zone).date()


READERS: Mapping[Kind, Callable[[Parameter, str, str, Around], Any]] = {
    Kind.TEXT: _text,
    Kind.NOTE: _note,
    Kind.CHOICE: _choice,
    Kind.TOGGLE: _toggle,
    Kind.NUMBER: _number,
    Kind.AMOUNT: lambda parameter, text, field, around: amount.read(text, around.currency, field=field),
    Kind.PERCENT: lambda parameter, text, field, around: percent.read(text, field=field),
    Kind.DAY: lambda parameter, text, field, around: date.read_day(text, _today(around), field=field),
    Kind.TIME: lambda parameter, text, field, around: date.read_time(
        text, around.zone, around.now or datetime.now(UTC), field=field
    ),
    Kind.ZONE: lambda parameter, text, field, around: date.read_zone(text, field=field),
    Kind.COUNTRY: lambda parameter, text, field, around: tax_id.read_country(text, field=field),
    Kind.TAX_ID: lambda parameter, text, field, around: tax_id.read(text, field=field),
    Kind.IDENTIFIER: lambda parameter, text, field, around: identifier.read(text, field=field),
    Kind.TRACKING: lambda parameter, text, field, around: tracking_number.read(text, field=field),
    Kind.SECRET: _text,
    Kind.FILE: _text,
}
"""Readers by kind of value."""
