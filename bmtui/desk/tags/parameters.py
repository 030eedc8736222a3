"""Parameters of the actions on tags, assignees and fields."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bmtui.desk.core.parameter import Kind, Parameter

LONGEST_VALUE = 200

ADD = Parameter("add", "Tags", Kind.TEXT, "a word, such as vip", shape="TAG", between=" ")
REMOVE = Parameter("remove", "Tags", Kind.TEXT, "a tag that they have no longer", shape="TAG", between=" ")
VALUE = Parameter("set", "Field", Kind.TEXT, "without a TEXT: it says nothing any longer", shape="NAME=TEXT",
    longest=LONGEST_VALUE)  # fmt: skip
TAGS = Parameter("tags", "Tags", Kind.TEXT, "words to add; with a minus in front one to remove", longest=1000)

TAG = (ADD, REMOVE)


def of_fields(names: Iterable[str]) -> tuple[Parameter, ...]:
    """Return a parameter for each named field of orders."""
    return tuple(replace(VALUE, name=name, label=name) for name in names)
