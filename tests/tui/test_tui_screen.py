"""Header and footer lines of every screen."""

from __future__ import annotations

from datetime import UTC, datetime

from driving import driving

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.queue import limits
from bmtui.store.models import RateLimit
from bmtui.tui.widgets.table import Table


async def test_rate_limit_hold_is_shown_in_the_header_and_on_its_job(office: Desk) -> None:
    url = companies.show(office, "Shop").url
    async with driving(office) as person:
        await person.until(lambda: "Shop" in person.line("#header"))
        assert "HELD" not in person.line("#header")
        limits.hold(office.store, url, 3600, "Back Market said 429.")
        await person.press("U")
        await person.until(lambda: "HELD until" in person.line("#header"))
        await person.says("downloads what changed")
        await person.press("J")
        await person.at("JobsScreen")
        await person.until(lambda: "Submitted" in person.seen())
        await person.press("enter")
        await person.at("JobScreen")
        await person.until(lambda: "Back Market said 429." in person.seen())
        # The hold ends: nobody commits anything, and the header says so all the same.
        RateLimit.update(held_until=0).execute()
        person.app.lookout.held = limits.Held(datetime(2026, 1, 1, tzinfo=UTC), "over")
        await person.until(lambda: "HELD" not in person.line("#header"))


async def test_too_long_message_continues_in_the_footer_until_the_next_key(office: Desk) -> None:
    words = " ".join(f"word{number}" for number in range(14))
    async with driving(office) as person:
        person.app.top.say(words, "warn")
        *_, status, footer = person.seen().splitlines()
        assert f"{status.strip()} {footer.strip()}" == words
        await person.press("j")
        *_, status, footer = person.seen().splitlines()
        assert status.strip() == ""
        assert footer.rstrip().endswith("q Quit")


async def test_unused_key_ends_a_typed_count(office: Desk) -> None:
    async with driving(office) as person:
        await person.open_list("J", "JobsScreen", "newest first")
        await person.press("3")
        await person.says("3 …")
        await person.press("percent_sign")
        await person.until(lambda: person.status == "")
        table = person.app.screen.query_one(Table)
        before = table.cursor
        await person.press("j")
        assert table.cursor == min(before + 1, table.count - 1)
