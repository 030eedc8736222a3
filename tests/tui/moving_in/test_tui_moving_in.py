"""Checklist of a change-over on the screen."""

from __future__ import annotations

from driving import driving

from bmtui.desk.companies import shadow
from bmtui.desk.core.context import Desk


async def test_the_checklist_shows_each_step_and_the_day_of_the_shadow(office: Desk) -> None:
    shadow.begin(office)
    async with driving(office, size=(120, 36)) as person:
        await person.open_list("greater_than_sign", "MovingInScreen", "steps are left")
        assert "SHADOW" in person.words
        assert "others accepted" in person.words
        assert "Invoice numbers" in person.words
        await person.press("enter")
        await person.at("Notice")
        await person.until(lambda: "Company" in person.words)
