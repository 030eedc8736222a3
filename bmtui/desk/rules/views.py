"""Views of rules, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bmtui.desk.rules.language import Act, Moment
from bmtui.text import how_many

USUAL_LIMIT = 200
"""Default limit of a rule: orders a day."""


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule. `builtin`: a company's acceptance rule, also shown by two settings; `problem`: why it is unreadable."""

    name: str
    company: str
    version: int
    enabled: bool
    when: str
    query: str
    then: tuple[str, ...]
    limit: int
    done_today: int
    changed_at: datetime | None
    changed_by: str
    builtin: bool
    problem: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as it is typed, not yet checked. `limit` is the most orders a day."""

    name: str
    when: str
    query: str
    then: tuple[str, ...]
    limit: int = USUAL_LIMIT
    company: str = ""
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Ready:
    """A draft after its check, parsed."""

    moment: Moment
    acts: tuple[Act, ...]
    company_id: int | None


@dataclass(frozen=True, slots=True)
class Trial:
    """Result of a trial on stored orders: `matching` of `total`, the newest of which are `order_ids`."""

    name: str
    total: int
    matching: int
    order_ids: tuple[int, ...]
    then: tuple[str, ...]
    at_once: int = 0
    """Number of waiting orders that an acceptance rule takes as soon as it is on; 0 for other rules."""

    @property
    def sentence(self) -> str:
        done = "; ".join(self.then)
        shown = ", ".join(map(str, self.order_ids))
        more = " …" if self.matching > len(self.order_ids) else ""
        which = f": {shown}{more}" if self.order_ids else ""
        now = f" It would act on {how_many(self.at_once, 'waiting order')} at once." if self.at_once else ""
        return f"It would have done: {done}. {self.matching:,} of {how_many(self.total, 'order')}{which}.{now}"


@dataclass(frozen=True, slots=True)
class RuleLogView:
    """An act of a rule in the log, done or failed."""

    at: datetime
    rule: str
    version: int
    company: str
    order_id: int | None
    action: str
    done: bool
    error: str
