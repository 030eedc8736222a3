"""Samples of views, made from the types of their fields: no optional value is missing, each list has one element."""

from __future__ import annotations

import collections.abc
import dataclasses
import enum
import types
import typing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bmtui.desk.returns.views import ReturnRow
from bmtui.money import Money
from bmtui.words import ReturnApproval, ReturnReceived, ReturnResolution, ReturnStatus

AT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
_VALUES: dict[type, Any] = {
    str: "text",
    int: 7,
    float: 0.5,
    bool: True,
    datetime: AT,
    date: date(2026, 11, 20),
    timedelta: timedelta(hours=5, minutes=6),
    Money: Money(-1250, "SEK"),
    Path: Path("file"),
}
_WORDS: dict[tuple[str, str], enum.Enum] = {
    ("ReturnRow", "status"): ReturnStatus.OPEN,
    ("ReturnRow", "received"): ReturnReceived.RECEIVED,
    ("ReturnItemView", "approval"): ReturnApproval.APPROVED,
    ("ReturnItemView", "received"): ReturnReceived.RECEIVED,
    ("ReturnItemView", "resolution"): ReturnResolution.REFUND,
}


def sample(view: type) -> Any:
    """Return an instance of the dataclass `view` with sample values."""
    # Views name each other across rooms for type checkers alone.
    hints = typing.get_type_hints(view, localns={"ReturnRow": ReturnRow})
    return view(
        **{
            field.name: _WORDS.get((view.__name__, field.name)) or _value(hints[field.name])
            for field in dataclasses.fields(view)
        }
    )


def _value(hint: Any) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _value(next(arg for arg in args if arg is not type(None)))
    if origin is tuple:
        return tuple(_value(arg) for arg in args if arg is not Ellipsis)
    if origin in (dict, collections.abc.Mapping):
        return {"key": _value(args[1])}
    if hint is Any:
        return "any"
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return next(iter(hint))
    return (
        sample(hint)
        if isinstance(hint, type) and dataclasses.is_dataclass(hint) and hint not in _VALUES
        else _VALUES[hint]
    )
