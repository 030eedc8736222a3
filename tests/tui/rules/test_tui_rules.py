"""Rules by keys: written in a dialog, tried, turned off, their log; all off by one key."""

from __future__ import annotations

from driving import driving

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.rules import engine, rules
from bmtui.desk.rules.views import Draft
from bmtui.desk.tags import tags


async def test_a_rule_is_written_tried_and_saved(office: Desk) -> None:
    number, _ = search.count(office, "total:>800")
    async with driving(office) as person:
        await person.press("ampersand")
        await person.at("RulesScreen")
        await person.until(lambda: "acceptance rule of Shop" in person.seen())
        await person.press("n")
        await person.at("Form")
        await person.press(*"Big", "tab", "tab", *"total:>800", "tab", *"refund 10", "ctrl+s")
        await person.until(lambda: "A rule never does 'refund'" in " ".join(person.seen().split()))
        await person.press(*["backspace"] * 9, *"tag big", "ctrl+s")
        await person.at("Confirm")
        await person.until(lambda: f"{number:,} of" in person.seen())
        await person.press("Y")
        await person.says("Rule Big, version 1, is saved")
    assert rules.show(office, "big").then == ("tag big",)


async def test_a_rule_is_tried_turned_off_and_its_log_is_read(office: Desk) -> None:
    rules.save(office, Draft("Big", "order.changed", "total:>0", ("tag big",)))
    engine.run_due(office)
    order = search.page(office, "").rows[0].order_id
    tags.tag(office, order, add=["go"])
    engine.run_due(office)
    async with driving(office) as person:
        await person.press("ampersand")
        await person.at("RulesScreen")
        await person.until(lambda: "Big" in person.seen())
        await person.press("j", "t")
        await person.at("Notice")
        assert "It would have done: tag big" in " ".join(person.seen().split())
        await person.press("escape")
        await person.at("RulesScreen")
        await person.press("enter")
        await person.at("RuleScreen")
        await person.until(lambda: f"order {order}" in person.seen())
        await person.press("space")
        await person.says("Big is off")
        await person.press("p")
        await person.says("All rules are off")
        await person.press("q")
        await person.at("RulesScreen")
        await person.until(lambda: "ALL RULES ARE OFF" in person.seen())
    assert not rules.show(office, "Big").enabled
    assert rules.all_off(office) is not None


async def test_acceptance_rule_is_changed_on_the_rules_screen(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("ampersand")
        await person.at("RulesScreen")
        await person.until(lambda: "acceptance rule of Shop" in person.seen())
        await person.press("e")
        await person.at("Form")
        was = rules.show(office, "acceptance rule of Shop").query
        await person.press(*["backspace"] * len(was), *"market:de-de", "tab", "backspace", *"20", "ctrl+s")
        await person.at("Confirm")
        await person.until(lambda: "It would have done: accept" in " ".join(person.seen().split()))
        await person.press("Y")
        await person.says("Rule acceptance rule of Shop, version")
    saved = rules.show(office, "acceptance rule of Shop")
    assert (saved.query, saved.limit) == ("market:de-de", 20)
    assert companies.show(office).acceptance_rule == "market:de-de"


async def test_unusable_rule_is_reported_when_the_desk_opens(office: Desk) -> None:
    tags.add_field(office, "shelf")
    rules.save(office, Draft("by shelf", "order.changed", "field.shelf:A*", ("tag a",)))
    tags.remove_field(office, "shelf")
    async with driving(office) as person:
        await person.says("Rule 'by shelf': There is no field 'shelf'")
