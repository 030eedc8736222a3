"""Accepting orders, the acceptance rule, and stock flags, by keys at 80×24."""

from __future__ import annotations

from driving import driving

from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.acceptance import rules as acceptance_rules
from bmtui.desk.companies import companies
from bmtui.desk.companies.fields import FIELDS, HEADINGS
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.overview import order as overview
from bmtui.store.models import Effect, Job
from bmtui.tui.companies.edit import under_headings
from bmtui.tui.companies.screen import SettingsScreen

TO_SHIP = "channel:to_ship status:in_process shipping:unshipped"


async def test_accept_dialog_shows_the_request_and_queues_it(office: Desk) -> None:
    async with driving(office) as person:
        await person.search("channel:to_accept status:inprocess")
        order = person.home.order
        assert order is not None
        await person.press("a")
        await person.at("Confirm")
        assert '"new_state": 2' in person.seen()
        await person.press("enter")
        await person.at("SearchScreen")
        assert not Effect.select().exists()
        await person.press("a")
        await person.at("Confirm")
        await person.press("Y")
        await person.says("is being accepted by job")
        assert jobs.listing(office)[0].type == "acceptance"
        await person.search(TO_SHIP)
        await person.press("a")
        await person.says("there is no line to accept")


async def test_accept_dialog_of_a_company_that_sends_nothing_says_so(office: Desk) -> None:
    companies.change(office, None, {"enabled": "false"})
    async with driving(office) as person:
        await person.search("channel:to_accept status:inprocess company:Shop")
        for marks in ((), ("space", "space")):
            for key in ("a", "C"):
                await person.press(*marks, key)
                await person.until(lambda: "is not enabled for" in person.seen())
                asked = [type(screen).__name__ for screen in person.app.screen_stack]
                assert not {"Confirm", "ChannelCancel"} & set(asked)
                # For all that are marked alike it is said once.
                assert person.seen().count("is not enabled for") == 1
                await person.press("escape")
                await person.at("SearchScreen")
        assert not Effect.select().exists()


async def test_buyers_cancellation_before_the_acceptance_is_shown_in_a_dialog(office: Desk) -> None:
    async with driving(office) as person:
        await person.search("channel:to_accept status:inprocess")
        await person.press("a")
        await person.at("Confirm")
        await person.press("Y")
        await person.says("is being accepted by job")
        await person.until(lambda: "1 waiting" in person.line("#header"))
        error = "Not sent, because the order changed on Back Market meanwhile. Back Market shows PHN: Cancelled."
        Job.update(status="failed", error=error).where(Job.type == "acceptance").execute()
        await person.at("Notice")
        assert "PHN: Cancelled" in person.seen().replace("\n", " ")
        await person.press("enter")
        await person.at("SearchScreen")


async def test_marked_orders_are_accepted_together(office: Desk) -> None:
    async with driving(office) as person:
        await person.search("channel:to_accept status:inprocess")
        await person.press("space", "space", "space", "a")
        await person.at("Confirm")
        assert "Accept 3 orders" in person.seen()
        await person.press("Y")
        await person.at("Results")
        assert "3 queued, 0 not" in person.seen()
        assert len({effect.order_ref for effect in Effect.select()}) == 3


async def test_the_acceptance_rule_is_tried_before_it_is_saved(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("comma")
        await person.at("SettingsScreen")
        await person.until(lambda: "Read-only" in person.seen())
        await person.press("r")
        await person.at("Notice")
        assert "has no acceptance rule" in person.seen()
        await person.press("enter")
        await person.at("SettingsScreen")
        await person.press("e")
        screen = person.app.screen
        assert isinstance(screen, SettingsScreen)
        keys = [field.name for field in under_headings(FIELDS, HEADINGS)]
        screen.table.move_to(keys.index("automatic_acceptance"))
        await person.press("space")
        screen.table.move_to(keys.index("acceptance_rule"))
        await person.press("enter")
        await person.at("AskText")
        await person.press(*"value:>200", "enter")
        await person.at("SettingsScreen")
        found = acceptance_rules.back_test(office, None, "value:>200")
        waiting = acceptance.waiting(office, None, "value:>200")
        assert 0 < waiting < found.total
        await person.press("r")
        await person.at("Rows")
        assert found.sentence in person.seen().replace("\n", " ")
        assert f"{found.refused[0][0]}" in person.seen()
        await person.press("enter")
        await person.at("SettingsScreen")
        await person.press("ctrl+s")
        await person.at("Confirm")
        assert f"The rule will accept {waiting} waiting orders at once." in person.seen()
        await person.press("Y")
        await person.says("are saved")
        assert companies.show(office).acceptance_rule == "value:>200"


async def test_the_skus_of_an_order_are_flagged(office: Desk) -> None:
    async with driving(office) as person:
        await person.search("channel:to_accept status:inprocess")
        order = person.home.order
        assert order is not None
        await person.press("O")
        await person.at("Form")
        await person.press("right", "right", "ctrl+s")
        await person.says("SKU has a new flag")
        sku = overview.show(office, order.order_id).lines[0].sku
        assert acceptance_rules.flags(office) == ((sku, False),)
        await person.press("O")
        await person.at("Form")
        await person.press("right", "ctrl+s")
        await person.until(lambda: "cannot be removed" in person.seen())
