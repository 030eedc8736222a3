"""Calls of a company's channel: whose budget they use, how long they wait, and which errors begin an outage."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import NOWHERE, add_company

from bmtui.desk.core.context import Desk
from bmtui.errors import NotReachable, Throttled, TooLate
from bmtui.queue import limits, outages
from bmtui.queue.worker import Reschedule
from bmtui.store.models import Company
from bmtui.workers.company_channel import CARE_DETAIL, CARE_TRANSFER, open_access

ELSEWHERE = "http://127.0.0.1:10"


def company_id(desk: Desk, name: str | None = None) -> int:
    return int(desk.company_row(name).id)


@pytest.mark.parametrize(("polling", "waits"), [(True, [-0.001, -0.001, 0.0]), (False, [0.0])])
async def test_polling_leaves_the_spare_and_asks_again_until_it_has_a_turn(
    offline: Desk, monkeypatch: pytest.MonkeyPatch, polling: bool, waits: list[float]
) -> None:
    asked: list[bool] = []

    def reserve(*_: object, polling: bool, **how: Any) -> float:
        asked.append(polling)
        return waits[len(asked) - 1]

    monkeypatch.setattr(limits, "reserve", reserve)
    async with open_access(offline, company_id(offline), polling=polling) as access:
        await access.turn()
    assert asked == [polling] * len(waits)


async def test_limits_of_care_are_those_of_each_host_and_say_how_long_to_wait(
    offline: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_company(offline, "Other", url=ELSEWHERE)
    named: list[str] = []

    def used_up(_: object, name: str, *rest: object) -> float:
        named.append(name.rpartition(" ")[2])
        return 30.0

    monkeypatch.setattr(limits, "spend", used_up)
    monkeypatch.setattr(limits, "pace", lambda *args: -used_up(*args))
    for name in ("Shop", "Other"):
        async with open_access(offline, company_id(offline, name)) as access:
            for pace in (CARE_DETAIL, CARE_TRANSFER):
                with pytest.raises(Reschedule) as again:
                    await access.care_turn(pace)
                assert (again.value.delay_s, again.value.kind) == (30.0, Throttled.__name__)
    assert named == [NOWHERE, NOWHERE, ELSEWHERE, ELSEWHERE]


async def test_call_that_this_machine_delayed_begins_no_outage(offline: Desk) -> None:
    async def ends(error: Exception) -> None:
        raise error

    async with open_access(offline, company_id(offline)) as access:
        with pytest.raises(TooLate):
            await access.call(ends(TooLate("This machine stopped.", "")))
        assert await offline.store.read(outages.since, NOWHERE) is None
        with pytest.raises(NotReachable):
            await access.call(ends(NotReachable("No route.", "")))
        assert await offline.store.read(outages.since, NOWHERE) is not None
    assert Company.select().count() == 1
