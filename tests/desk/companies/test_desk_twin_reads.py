"""Answers about one company are the same whether another company has the same of everything or is not there."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping
from typing import Any
from unittest import mock

import command_in_process
import company_cases
import desk_functions
import pytest
import twin
from command_in_process import undone
from company_cases import READS
from helpers import COMPANY
from installation import number

from bmtui.desk.core import audit

CASES = [f"{command} {case}".strip() for command, cases in READS.items() for case in cases.split("|")]
ORDERS = (2, 9, 10, 13, 14, 17, 26, 30, 34)
"""Orders of `full_company` in various states."""
OF_ALL: Mapping[str, str] = {
    "companies.views.listing": "the companies",
    "operations.company_toml.export": "the companies' file; one is named",
    "core.audit.verify": "the audit is one chain",
    "core.needs_attention.count": "the desk rings for each company",
    "moving_in.import_undo.listing": "a file may be of several companies",
    "moving_in.import_undo.plan": "a file may be of several companies",
    "notifications.deliveries.listing": "ways are of the installation",
    "notifications.deliveries.dead": "ways are of the installation",
    "notifications.deliveries.dead_count": "ways are of the installation",
    "operations.metrics.read": "each number has its company",
    "operations.numbers.listing": "the series of all, and that of RMAs",
    "orders.view_schedules.listing": "schedules are of the installation, as views are",
    "outbox.actions.newest": "a row's number",
    "outbox.unsent.of": "what the workers have left, of all companies",
}
"""Functions of the desk whose answer is not about the company in view, and why."""
OF_THE_MACHINE = ("operations.host_checks.", "operations.server_checks.")
FUNCTIONS = {
    name: function for name, function in desk_functions.taking("desk").items() if not name.startswith(OF_THE_MACHINE)
}
OF_ORDER = desk_functions.taking("desk", "order_id")


def answered(filled: Any, case: str) -> tuple[Any, ...]:
    """Return all that a command says and writes."""
    shutil.rmtree(filled.out)
    filled.out.mkdir()
    given = {**company_cases.rows_of(COMPANY), "folder": filled.folder, "out": filled.out}
    words = [word.format(**given) for word in shlex.split(case)]
    with undone(filled.desk):
        said = command_in_process.run(filled.desk, COMPANY, *words, "--json")
    files = {file.name: file.read_bytes() for file in sorted(filled.out.rglob("*")) if file.is_file()}
    return said, files


def all_answers(filled: Any) -> dict[str, Any]:
    desk = filled.desk.of_company(COMPANY)
    found: dict[str, Any] = {case: answered(filled, case) for case in CASES}
    found |= {name: desk_functions.answer(desk, function) for name, function in FUNCTIONS.items()}
    for name, function in OF_ORDER.items():
        found[name] = [desk_functions.answer(desk, function, number(index)) for index in ORDERS]
    return found


@pytest.fixture(scope="module")
def answers(filled: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Answers about the company alone, and beside its twin."""
    # Evidence of an order says how long the audit is.
    with mock.patch.object(audit, "verify", return_value=audit.Verified(1, "head", (), 0)):
        alone = all_answers(filled)
        twin.Twins(filled.desk).differ()
        return alone, all_answers(filled)


@pytest.mark.parametrize("case", CASES)
def test_a_command_about_one_company_says_the_same_beside_its_twin(answers: Any, case: str) -> None:
    alone, beside = answers
    said, _ = alone[case]
    assert not said.error, said
    assert len(said.out) > len("[]\n")
    assert beside[case] == alone[case]


def test_functions_of_the_desk_answer_about_the_company_in_view_alone(answers: Any) -> None:
    alone, beside = answers
    functions = [*FUNCTIONS, *OF_ORDER]
    assert len(functions) > 100
    assert {name for name in functions if beside[name] != alone[name]} == set(OF_ALL)
