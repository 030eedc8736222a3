from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from driving import driving

from bmtui.desk.companies import companies
from bmtui.desk.companies.fields import FIELDS
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import search
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.sync import download as downloads
from bmtui.queue import limits
from bmtui.store.models import Company, Job, OrderLine, RateLimit
from bmtui.tui.pictures import NAMES
from bmtui.tui.widgets.lines import Reader


async def test_all_sections_of_an_order_are_reached_by_digits(office: Desk) -> None:
    order = search.page(office, "channel:shipped").rows[0]
    async with driving(office, size=(80, 12)) as person:
        await person.search(f"id:{order.order_id}")
        await person.press("enter")
        await person.at("OrderScreen")
        reader = person.app.screen.query_one(Reader)
        titles = ("Summary", "Lines", "Addresses", "Payments", "Refunds", "Notes", "History", "Jobs")
        tops = []
        for number, title in enumerate(titles, start=1):
            await person.press(str(number))
            tops.append(reader.top)
            assert f"{number} {title}" in person.seen().split("8 Jobs", 1)[1] or number == 8
        assert tops == sorted(tops)
        await person.press("g")
        assert reader.top == 0
        await person.press("j", "ctrl+d", "G")
        assert "more" not in person.seen().splitlines()[-3]


async def test_the_jobs_panel_shows_numbers_log_and_orders(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("J")
        await person.at("JobsScreen")
        await person.until(lambda: "Order download" in person.seen())
        await person.press("G", "enter")
        await person.at("JobScreen")
        reader = person.app.screen.query_one(Reader)
        await person.until(lambda: any(text.startswith("Log (") for text in reader.texts))
        assert any("since" in text for text in reader.texts)
        assert any(text.startswith("Orders (") for text in reader.texts)
        await person.press("x")
        await person.says("has ended")
        await person.press("R")
        await person.says("has not failed")


async def test_a_job_is_cancelled_after_a_question_and_retried(office: Desk) -> None:
    job_id = downloads.start(office, "Shop", "2026-02-01")
    async with driving(office) as person:
        await person.press("J")
        await person.at("JobsScreen")
        await person.until(lambda: "Submitted" in person.seen() and person.app.screen.query_one("Table").count > 0)
        await person.press("x")
        await person.at("Confirm")
        await person.press("enter")
        await person.at("JobsScreen")
        assert not jobs.show(office, job_id).ended
        await person.press("x")
        await person.at("Confirm")
        await person.press("Y")
        await person.says(f"Job {job_id}: Cancelled.")
        await person.until(lambda: person.app.screen.query_one("Table").current.status == "cancelled")
        await person.press("R")
        await person.says("is submitted again")


async def test_settings_open_locked_change_and_are_saved(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.until(lambda: "Allow Order Download" in person.seen())
        await person.press("j", "j", "space")
        await person.says("locked: press e")
        await person.press("e", "space")
        await person.until(lambda: "* [ ] off" in person.seen())
        assert companies.show(office).allow_order_download
        await person.press("ctrl+s")
        await person.at("Confirm")
        assert "Allow Order Download: true → false" in person.seen()
        await person.press("Y")
        await person.says("are saved")
        assert not companies.show(office).allow_order_download
        assert "Read-only" in person.line("#mode")


async def test_changed_settings_are_not_lost_by_mistake(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.until(lambda: "Back Market enabled" in person.seen())
        await person.press("e", "space", "escape")
        await person.at("Confirm")
        await person.press("enter")
        await person.at("SettingsScreen")
        assert "1 changed" in person.line("#mode")
        await person.press("escape")
        await person.at("Confirm")
        await person.press("Y")
        await person.until(lambda: "Read-only" in person.app.top.query_one("#mode").text)
        assert companies.show(office).enabled


async def test_settings_saved_by_somebody_else_first_are_not_overwritten(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.until(lambda: "Back Market enabled" in person.seen())
        await person.press("e", "space")
        Company.update(version=Company.version + 1).execute()
        await person.press("w")
        await person.at("Confirm")
        await person.press("Y")
        await person.until(lambda: "Changed meanwhile" in person.seen())
        await person.press("enter")
        await person.at("SettingsScreen")
        assert "1 changed" in person.line("#mode")
        await person.press("w")
        await person.at("Confirm")
        await person.press("Y")
        await person.says("are saved")


async def test_a_wrong_value_is_refused_with_advice(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.until(lambda: "Back Market enabled" in person.seen())
        below = [field.key for field in FIELDS].index("time_zone")
        await person.press(*"j" * below, "e", "enter")
        await person.at("AskText")
        await person.press("ctrl+u", *"Nowhere", "enter")
        await person.at("SettingsScreen")
        await person.press("w")
        await person.until(lambda: "There is no time zone 'Nowhere'" in person.seen())


async def test_the_token_is_never_shown(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.until(lambda: "Back Market enabled" in person.seen())
        token = (office.settings.credentials).glob("*")
        for file in token:
            assert file.read_text().strip() not in person.seen()
        below = [field.key for field in FIELDS].index("token")
        await person.press(*"j" * below, "e", "enter")
        await person.at("AskText")
        await person.press(*"secret")
        assert "secret" not in person.seen()
        await person.press("enter")
        await person.at("SettingsScreen")
        assert "••••" in person.seen()


def test_pictures_are_the_same_every_time(office: Desk, tmp_path: Path) -> None:
    from bmtui.tui.pictures import make_pictures

    # Hours that are left stand on some of them.
    at = office.now()
    still = replace(office, now=lambda: at)
    first = [path.read_text(encoding="utf-8") for path in make_pictures(still, tmp_path / "a")]
    second = [path.read_text(encoding="utf-8") for path in make_pictures(still, tmp_path / "b", tmp_path / "texts")]
    assert len(first) == len(NAMES)
    assert first == second
    assert "Issue&#160;Refund" in first[NAMES.index("refund")]


async def test_a_hold_is_in_the_header_until_it_ends_and_with_the_job(office: Desk) -> None:
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


async def test_a_sentence_that_is_too_long_goes_on_in_the_footer_until_the_next_key(office: Desk) -> None:
    words = " ".join(f"word{number}" for number in range(14))
    async with driving(office) as person:
        person.app.top.say(words, "warn")
        *_, status, footer = person.seen().splitlines()
        assert f"{status.strip()} {footer.strip()}" == words
        await person.press("j")
        *_, status, footer = person.seen().splitlines()
        assert status.strip() == ""
        assert footer.rstrip().endswith("q Quit")


async def test_no_amount_sku_or_error_of_an_order_is_cut(office: Desk) -> None:
    order = overview.show(office, search.page(office, "channel:shipped payment:charged currency:EUR").rows[0].order_id)
    first, sku = order.lines[0], "PHN-A14P-512-MIDNIGHT-BLUE-PREMIUM-DUAL-SIM"
    OrderLine.update(sku=sku).where(OrderLine.line_id == first.line_id).execute()
    refunds.issue(office, order.row.order_id, refunds.RefundRequest(lines={first.line_id: None}))
    error = "Back Market refused the request (400): amount must be more than 0 and at most 871.49."
    Job.update(error=error).where(Job.type == "refund").execute()
    async with driving(office) as person:
        await person.app.open_order(order.row.order_id)
        await person.at("OrderScreen")
        seen = ""
        for section in "12345678":
            await person.press(section)
            seen += " ".join(person.seen().split())
        assert f"refunded {first.price.decimal}" in seen
        assert f"Queued · {sku}" in seen
        assert seen.count(sku) > 1
        assert "Refund on Back Market · Other · by" in seen
        assert error in seen
