"""Parameters of the actions that add a note or set the name on an order's papers."""

from __future__ import annotations

from bmtui.desk.core.parameter import Kind, Parameter

LONGEST_NOTE = 4000

TEXT = Parameter(
    "text", "Note", Kind.NOTE, "the note", required=True, option="text", shape="text", longest=LONGEST_NOTE
)
PAPER_NAME = Parameter(
    "name",
    "Name for papers",
    Kind.TEXT,
    "in letters that the fonts have",
    option="NAME",
    noun="name for papers",
    longest=100,
)
