"""Guard of dangerous dialogs: keys meant for something else do nothing just after one opened or closed."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from driving import Driver, driving
from textual.events import Key

from bmtui.desk.core.context import Desk
from bmtui.desk.refunds import issue
from bmtui.store.models import Effect

LONG_S = 3600


def hear(person: Driver) -> None:
    """End the moment in which the app ignores keys."""
    person.app.keyboard._deaf_until = 0


async def to_the_question(person: Driver) -> None:
    await person.search("channel:to_accept status:inprocess")
    hear(person)
    await person.press("a")
    await person.at("Confirm")


async def test_key_just_after_a_guarded_dialog_opened_is_dropped(office: Desk) -> None:
    async with driving(office, deaf_s=LONG_S) as person:
        await to_the_question(person)
        await person.press("Y")
        await person.settled()
        assert type(person.app.screen).__name__ == "Confirm"
        assert not Effect.select().exists()
        hear(person)
        await person.press("Y")
        await person.says("is being accepted by job")


async def test_key_just_after_a_guarded_dialog_closed_is_dropped(office: Desk) -> None:
    async with driving(office, deaf_s=LONG_S) as person:
        for leave in ("escape", "enter"):
            await to_the_question(person)
            hear(person)
            await person.press(leave)
            await person.at("SearchScreen")
            await person.press("n")
            await person.settled()
            assert type(person.app.screen).__name__ == "SearchScreen"
        hear(person)
        await person.press("n")
        await person.at("AskText")


async def test_key_just_after_an_unguarded_dialog_closed_is_heard(office: Desk) -> None:
    async with driving(office, deaf_s=LONG_S) as person:
        for _ in range(2):
            await person.press("n")
            await person.at("AskText")
            await person.press("escape")
            await person.at("SearchScreen")


async def test_word_that_began_while_keys_are_ignored_is_dropped_whole(office: Desk) -> None:
    async with driving(office, deaf_s=LONG_S) as person:
        await to_the_question(person)
        hear(person)
        await person.press("escape")
        await person.at("SearchScreen")
        keyboard = person.app.keyboard
        begins = Key(":", ":")
        keyboard._deaf_until = begins.time + 0.01
        assert not keyboard._heard(begins)
        for passed_s, heard in ((0.15, False), (0.3, False), (0.6, True)):
            goes_on = Key("n", "n")
            goes_on.time = begins.time + passed_s
            assert keyboard._heard(goes_on) is heard


async def test_review_key_that_is_pressed_twice_while_the_store_is_slow_asks_once(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, answered = issue.plan, threading.Event()

    def slowly(*args: Any) -> Any:
        answered.wait()
        return plan(*args)

    monkeypatch.setattr(issue, "plan", slowly)
    async with driving(office) as person:
        await person.search("channel:shipped payment:charged")
        await person.press("r")
        await person.at("Refund")
        await person.press("ctrl+s", "ctrl+s")
        answered.set()
        await person.at("Confirm")
        await person.settled()
        await person.press("Y")
        await person.says("is queued as job")
        # A second review would keep the dialog open for good: it has been answered, and no key closes it.
        await person.settled()
        assert type(person.app.screen).__name__ == "SearchScreen"
    assert Effect.select().where(Effect.kind == "refund").count() == 1
