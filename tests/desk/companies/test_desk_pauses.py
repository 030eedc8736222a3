"""Pauses of sending: each cause is ended by its own end alone, and of its own company alone."""

from __future__ import annotations

import pytest
from helpers import COMPANY, add_company, token_of

from bmtui.desk.companies import companies, sending_pauses, shadow
from bmtui.desk.companies.sending_pauses import PERSON, SHADOW, TOKEN
from bmtui.desk.core.context import Desk
from bmtui.errors import RuleRefused
from bmtui.store.models import Company


@pytest.fixture
def stopped(offline: Desk) -> Desk:
    """Desk with two companies; each is paused for every cause there is, and all sending by a person."""
    add_company(offline, "Other")
    sending_pauses.pause(offline, "fire alarm")
    for name in (COMPANY, "Other"):
        shadow.begin(offline, name)
        sending_pauses.stop_for_token(offline, Company.get(Company.name == name))
        sending_pauses.pause(offline.of_company(name), "stock count")
    return offline


def standing(desk: Desk) -> set[tuple[str, str]]:
    return {(pause.company, pause.cause) for pause in sending_pauses.standing(desk)}


ALL = {("", PERSON), *((name, cause) for name in (COMPANY, "Other") for cause in (PERSON, SHADOW, TOKEN))}


def test_new_token_ends_only_the_pause_for_the_refused_one(stopped: Desk) -> None:
    assert standing(stopped) == ALL
    companies.change(stopped, COMPANY, {"token": token_of("new")})
    assert standing(stopped) == ALL - {(COMPANY, TOKEN)}


def test_resumed_company_stays_in_shadow_and_without_a_token(stopped: Desk) -> None:
    sending_pauses.resume(stopped.of_company(COMPANY))
    assert standing(stopped) == ALL - {(COMPANY, PERSON)}
    with pytest.raises(RuleRefused, match=f"is not paused for {COMPANY}"):
        sending_pauses.resume(stopped.of_company(COMPANY))
    sending_pauses.resume(stopped)
    assert standing(stopped) == ALL - {(COMPANY, PERSON), ("", PERSON)}


def test_company_that_leaves_the_shadow_stays_paused_for_every_other_cause(stopped: Desk) -> None:
    shadow.leave(stopped, COMPANY)
    assert standing(stopped) == ALL - {(COMPANY, SHADOW)}
