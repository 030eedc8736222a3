"""The policy of IMEI and serial numbers is tried in the settings before it is saved."""

from __future__ import annotations

from driving import driving

from bmtui.desk.companies import companies
from bmtui.desk.companies.fields import FIELDS, HEADINGS
from bmtui.desk.core.context import Desk
from bmtui.desk.shipping import policy_trial
from bmtui.tui.companies.edit import under_headings
from bmtui.tui.companies.screen import SettingsScreen


async def test_identifier_policy_is_tried_as_typed_before_it_is_saved(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.until(lambda: "Read-only" in person.seen())
        await person.press("n")
        await person.at("Rows")
        # Without a pattern the rule for products is shown, and what it says of each SKU.
        assert "No pattern yet." in person.words
        assert "imei where brand or title say a phone" in person.words
        assert policy_trial.tried(office).sentence in person.words
        await person.press("enter")
        await person.at("SettingsScreen")
        await person.press("e")
        screen = person.app.screen
        assert isinstance(screen, SettingsScreen)
        screen.table.move_to([field.name for field in under_headings(FIELDS, HEADINGS)].index("identifier_policy"))
        await person.press("enter")
        await person.at("AskText")
        await person.press(*"PHN*=serial", "enter")
        await person.at("SettingsScreen")
        await person.press("n")
        await person.at("Rows")
        tried = policy_trial.tried(office, None, "PHN*=serial")
        assert tried.sentence in person.words
        assert "The policy says PHN*=serial." in person.words
        assert companies.show(office).identifier_policy == ""
        await person.press("enter")
        await person.at("SettingsScreen")
        await person.press("ctrl+s")
        await person.at("Confirm")
        await person.press("Y")
        await person.says("are saved")
        assert companies.show(office).identifier_policy == "PHN*=serial"
