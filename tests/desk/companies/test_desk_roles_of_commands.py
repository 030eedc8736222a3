"""Roles of accounts: which commands change nothing for a viewer, which for an operator.

The desk itself refuses: it is asked for by screens and jobs, too, and a command may forget to ask before it plans.
"""

from __future__ import annotations

import shlex
import sys
from typing import Any

import company_cases
import pytest
import twin
from command_in_process import run, undone
from company_cases import PREPARED, WRITES
from helpers import COMPANY

from bmtui.cli import common
from bmtui.desk.core.context import Desk
from bmtui.store.models import Company, Operator
from bmtui.words import Role

CASES = [(command, case) for command, cases in WRITES.items() for case in cases.split("|")]
ONLY_LOOK, ONLY_ADMIN = "Your account may only look", "Only an admin may do that"
OF_ADMIN = {
    *("company set", "company remove", "shadow begin", "shadow leave", "identifiers set", "invoices settings"),
    *("money settings", "money tax", "numbers begin", "numbers confirm", "rules save", "rules on", "rules off"),
    *("rules delete", "purge", "privacy erase"),
}
"""Commands about one company that an admin alone may use."""


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make commands forget to ask, before they plan a change, whether the desk allows it."""
    ask = Desk.must_write

    def must_write(desk: Desk) -> None:
        if sys._getframe(1).f_code.co_filename != common.__file__:
            ask(desk)

    monkeypatch.setattr(Desk, "must_write", must_write)


def said_by(filled: Any, role: Role, command: str, case: str) -> tuple[str, bool]:
    """Run a command as an account of this role; return the refusal, and whether a row changed."""
    desk = filled.desk

    def said(line: str, of: str = "") -> str:
        rows = company_cases.rows_of(COMPANY)
        words = (word.format(**rows, folder=filled.folder, out=filled.out) for word in shlex.split(line))
        done = run(desk, COMPANY, *of.split(), *words)
        # A file of many shipments says it of each.
        return done.error or (done.out if done.code else "")

    *steps, act = case.split("&&")
    with undone(desk):
        prepare = PREPARED.get(command)
        if prepare is not None:
            prepare(Company.get(Company.name == COMPANY).id)
        assert [said(step) for step in steps] == [""] * len(steps)
        assert Operator.update(role=role).where(Operator.uid == desk.uid).execute() == 1
        before = twin.all_rows()
        refused = said(act, command)
        changed = twin.all_rows() != before
    return refused, changed


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize(("command", "case"), CASES, ids=[f"{command} {case}".strip() for command, case in CASES])
def test_account_that_may_only_look_changes_no_row(filled: Any, command: str, case: str) -> None:
    refused, changed = said_by(filled, Role.VIEWER, command, case)
    assert any(why in refused for why in (ONLY_LOOK, ONLY_ADMIN)), refused
    assert not changed


@pytest.mark.parametrize(("command", "case"), CASES, ids=[f"{command} {case}".strip() for command, case in CASES])
def test_operator_changes_all_but_what_is_of_an_admin(filled: Any, command: str, case: str) -> None:
    refused, changed = said_by(filled, Role.OPERATOR, command, case)
    assert (ONLY_ADMIN in refused, changed) == ((True, False) if command in OF_ADMIN else (False, True)), refused
