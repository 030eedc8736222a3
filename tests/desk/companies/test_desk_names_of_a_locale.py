"""Names of companies and rules on a PostgreSQL whose locale knows the case of É: only ASCII letters are folded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import postgres_server
import pytest
from helpers import add_company

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.rules import rules
from bmtui.desk.rules.views import Draft
from bmtui.errors import BmtuiError
from bmtui.store.models import RuleLog

DRAFT = Draft("Été à VENIR", "order.created", "product:phone", ("tag vip",))


@pytest.fixture
def french(tmp_path: Path, no_postgres: str) -> Iterator[Desk]:
    """A desk on a database whose letters are those of Unicode, with the company Élan."""
    if no_postgres:
        pytest.skip(no_postgres)
    with postgres_server.empty_database("LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'") as url:
        (tmp_path / "bmtui.toml").write_text(f'store = "{url}"\n', encoding="utf-8")
        opened = open_desk(settings.load(str(tmp_path), environ={}))
        add_company(opened, "Élan")
        yield opened
        opened.store.close()


@pytest.mark.parametrize("written", ["Élan", "ÉLAN"])
def test_company_is_found_whatever_the_case_of_its_letters(french: Desk, written: str) -> None:
    assert french.company_row(written).name == "Élan"
    assert companies.change(french, written, {"time_zone": "Europe/Berlin"})
    assert french.company_row(written).time_zone == "Europe/Berlin"


def test_second_company_of_a_name_is_refused(french: Desk) -> None:
    with pytest.raises(BmtuiError, match="ÉLAN"):
        add_company(french, "ÉLAN")


@pytest.mark.parametrize("written", ["Été à VENIR", "Été à venir"])
def test_rule_is_found_whatever_the_case_of_its_letters(french: Desk, written: str) -> None:
    rules.save(french, DRAFT)
    RuleLog.create(at=french.now(), rule=DRAFT.name, version=1, action="tag vip", done=True, error="")
    assert rules.show(french, written).name == DRAFT.name
    assert [act.action for act in rules.log(french, name=written)] == ["tag vip"]
    assert rules.save(french, replace(DRAFT, name=written, limit=5)).version == 2
    assert rules.turn(french, written, on=False).enabled is False
    rules.delete(french, written)
    assert [view.name for view in rules.listing(french) if not view.builtin] == []
