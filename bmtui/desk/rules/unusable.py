"""Problems of notification ways and rules that a desk or a worker reports at its start; the rest goes on."""

from __future__ import annotations

from bmtui.desk.core.context import Desk
from bmtui.desk.notifications import ways
from bmtui.desk.rules import rules


def sentences(desk: Desk) -> tuple[str, ...]:
    """Return a sentence for each problem; for a notification way with its file and line."""
    with desk.store.snapshot():
        of_ways = [problem.sentence for problem in ways.checked(desk)[1]]
        return (*of_ways, *(f"Rule '{name}': {why}" for name, why in rules.problems(desk)))
