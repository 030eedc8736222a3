"""The values that a rule takes."""

from __future__ import annotations

from bmtui.desk.core.parameter import Answers, Kind, Parameter
from bmtui.desk.rules.views import USUAL_LIMIT, Draft
from bmtui.store.query import LONGEST

LONGEST_NAME = 40

NAME = Parameter(
    "name",
    "Name",
    Kind.TEXT,
    "what it is called",
    required=True,
    option="NAME",
    noun="name of the rule",
    longest=LONGEST_NAME,
)
WHEN = Parameter("when", "When", Kind.TEXT, "order.created, 'every 15m' or 'for 4h'", required=True, shape="MOMENT",
    hint="order.created, every 15m, for 4h")  # fmt: skip
QUERY = Parameter("query", "If", Kind.TEXT, "which orders, as in search", option="--if", shape="QUERY",
    hint="a query, as in search", longest=LONGEST)  # fmt: skip
THEN = Parameter("then", "Then", Kind.TEXT, "such as 'tag vip'; several times for several", shape="ACTION",
    hint="tag vip; note Look", longest=LONGEST, between=";")  # fmt: skip
LIMIT = Parameter("limit", "Orders a day", Kind.NUMBER, f"orders a day ({USUAL_LIMIT})", default=str(USUAL_LIMIT),
    shape="N", noun="number of orders", longest=6, low=1)  # fmt: skip

RULE = (NAME, WHEN, QUERY, THEN, LIMIT)


def draft(answers: Answers, company: str = "", *, enabled: bool = True) -> Draft:
    """The rule that was typed or given. Raises NotRead, ValueRefused."""
    return Draft(
        answers.read_text(NAME),
        answers.read_text(WHEN),
        answers.read_text(QUERY),
        tuple(THEN.read(text) for text in answers.several(THEN)),
        answers.value(LIMIT),
        company,
        enabled,
    )
