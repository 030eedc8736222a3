"""Parameters of a rule."""

from __future__ import annotations

from dataclasses import replace

from bmtui.desk.companies import acceptance_rule, acceptance_settings
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


ACCEPT_QUERY = replace(QUERY, label="Accept", hint=acceptance_rule.EXAMPLE, longest=1000)
ACCEPT_LIMIT = replace(LIMIT, low=0)
ACCEPTANCE = (NAME, WHEN, ACCEPT_QUERY, THEN, ACCEPT_LIMIT)
"""Parameters of a company's acceptance rule: its query has a language of its own, and its limit may be 0 (none)."""


def draft(answers: Answers, before: Draft) -> Draft:
    """Return the draft of the answers; unanswered values are those of `before`. Raises NotRead, ValueRefused."""
    limit = ACCEPT_LIMIT if before.when == acceptance_settings.MOMENT else LIMIT
    return replace(
        before,
        name=answers.text(NAME) if answers.says(NAME) else before.name,
        when=answers.read_text(WHEN) if answers.says(WHEN) else before.when,
        query=answers.read_text(QUERY),
        then=tuple(THEN.read(text) for text in answers.several(THEN)) if answers.says(THEN) else before.then,
        limit=answers.value(limit),
    )
