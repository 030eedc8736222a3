"""Changes in one company leave every row of another as it was, even if the other has the same of everything."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import company_cases
import pytest
import twin
from command_in_process import Said, run, undone
from company_cases import NOT_OF_A_COMPANY, PREPARED, READS, WRITES
from helpers import COMPANY
from twin import TWIN

from bmtui.store.models import Company

BOTH = (COMPANY, TWIN)
CASES = [(command, case) for command, cases in WRITES.items() for case in cases.split("|")]


@pytest.fixture(scope="module")
def twins(filled: Any) -> Any:
    """Desk of a company and its twin."""
    empty = twin.empty_tables()
    # Filled only while a text cannot be folded yet.
    assert empty <= {"search_unfolded"}
    twin.Twins(filled.desk)
    return filled


def said(twins: Any, company: str, line: str, command: str = "") -> Said:
    words = (word.format(**company_cases.rows_of(company), folder=twins.folder) for word in shlex.split(line))
    done = run(twins.desk, company, *command.split(), *words)
    assert not done.error, done
    return done


def nothing(_: int) -> None:
    """Prepare nothing."""


def changed(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> set[Any]:
    return {place for place in {*before, *after} if before.get(place) != after.get(place)}


def test_each_command_says_whether_it_is_of_a_company() -> None:
    assert {*READS, *WRITES} | set(NOT_OF_A_COMPANY) == company_cases.commands()
    assert not set(NOT_OF_A_COMPANY) & {*READS, *WRITES}


def test_a_twin_has_a_row_for_each_of_the_company(twins: Any) -> None:
    first, second = ({table for table, _ in rows} for rows in twin.by_company().values())
    assert first == second


@pytest.mark.parametrize("company", BOTH)
@pytest.mark.parametrize(("command", "case"), CASES, ids=[f"{command} {case}".strip() for command, case in CASES])
def test_a_change_in_one_company_leaves_all_rows_of_its_twin(twins: Any, command: str, case: str, company: str) -> None:
    (other,) = {*BOTH} - {company}
    *steps, act = case.split("&&")
    with undone(twins.desk):
        for name in BOTH:
            PREPARED.get(command, nothing)(Company.get(Company.name == name).id)
            for step in steps:
                said(twins, name, step)
        before = twin.by_company()
        said(twins, company, act, command)
        after = twin.by_company()
        found = {name: changed(before[name], after[name]) for name in BOTH}
        assert found[other] == set()
        assert found[company]
