"""Records of rules: their log by company, the audit, and nothing from a desk that only reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from helpers import COMPANY, add_company, dump, raw_line, raw_order, take_in

from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.rules import engine, language, rules
from bmtui.desk.rules.views import Draft
from bmtui.errors import ConfigError, RuleRefused


def draft(name: str, then: str, when: str = "order.created") -> Draft:
    return Draft(name, when, "market:fr-fr", (then,))


def test_log_of_rules_names_the_company_and_shows_only_the_one_in_view(offline: Desk) -> None:
    add_company(offline, "Other")
    rules.save(offline, draft("r", "tag vip"))
    engine.run_due(offline)
    take_in(offline, raw_order(1, [raw_line(11)]))
    take_in(offline, raw_order(2, [raw_line(21)]), company="Other")
    engine.run_due(offline)
    assert {(row.company, row.order_id) for row in rules.log(offline)} == {(COMPANY, 1), ("Other", 2)}
    assert [row.order_id for row in rules.log(offline.of_company("Other"))] == [2]


def test_switching_all_rules_is_in_the_audit(offline: Desk) -> None:
    rules.turn_all(offline, on=False)
    rules.turn_all(offline, on=True)
    told = [(row.action, row.summary) for row in audit.listing(offline) if row.action.startswith("rules.turned")]
    assert told == [("rules.turned_on", "All rules: on."), ("rules.turned_off", "All rules: off.")]


@pytest.mark.parametrize(
    "act",
    [
        lambda desk: rules.delete(desk, "r"),
        lambda desk: rules.turn(desk, "r", on=False),
        lambda desk: rules.turn_all(desk, on=False),
    ],
)
def test_desk_that_only_reads_changes_no_rule(offline: Desk, act: Callable[[Desk], object]) -> None:
    rules.save(offline, draft("r", "tag vip"))
    before = dump(offline)
    with pytest.raises(RuleRefused, match="read-only"):
        act(replace(offline, read_only=True))
    assert dump(offline) == before


def test_only_rules_that_set_different_statuses_undo_each_other(offline: Desk) -> None:
    rules.save(offline, draft("hold", "status on_hold Wait", "order.changed"))
    # A rule does not contradict itself, and the same status is no contradiction.
    rules.save(offline, draft("hold", "status on_hold Wait longer", "order.changed"))
    rules.save(offline, draft("hold too", "status on_hold Wait", "order.changed"))
    with pytest.raises(RuleRefused, match="'hold' would undo each other"):
        rules.save(offline, draft("problem", "status problem_order Look", "order.changed"))


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("length", "good"), [(20, True), (21, False)])
def test_name_of_a_view_that_a_rule_fills_is_as_long_as_a_saved_view(length: int, good: bool) -> None:
    text = f"view {'x' * length}"
    if good:
        assert language.read_act(text).verb == "view"
    else:
        with pytest.raises(ConfigError):
            language.read_act(text)
