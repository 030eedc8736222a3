"""Notification targets by keys: tested; dead notifications are sent again or dropped."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driving import driving
from receivers import hook

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.notifications import deliveries
from bmtui.desk.orders import search
from bmtui.desk.tags import tags
from bmtui.store.models import Delivery


async def test_notification_target_is_tested_and_dead_notifications_sent_again(office: Desk) -> None:
    with hook() as receiver:
        office.settings.file.write_text(f'[[notify]]\nname = "chat"\nwebhook = "{receiver.url}"\n')
        deliveries.fan_out(office)
        tags.tag(office, search.page(office, "").rows[0].order_id, add=["go"])
        deliveries.fan_out(office)
        Delivery.update(state="dead", error="It answered 400.").execute()
        async with driving(office) as person:
            await person.press("asterisk")
            await person.at("WaysScreen")
            await person.until(lambda: "chat" in person.seen())
            await person.press("t")
            await person.at("Confirm")
            assert receiver.got == []
            await person.press("Y")
            await person.says("the receiver accepted it")
            assert receiver.taken[0].json["event"] == "notify.test"
            await person.press("enter")
            await person.at("DeliveriesScreen")
            await person.until(lambda: "An order changed." in person.seen() and "dead" in person.seen())
            await person.press("r")
            await person.says("1 is sent again")
            assert Delivery.get().state == "waiting"
            await person.press("x")
            await person.says("It is waiting: no action is needed.")


async def test_unusable_notification_target_shows_its_error(office: Desk) -> None:
    office.settings.file.write_text('[[notify]]\nname = "chat"\nwebhook = "nowhere"\n')
    async with driving(office) as person:
        await person.resize(120, 30)
        await person.press("asterisk")
        await person.at("WaysScreen")
        await person.until(lambda: "line 3" in person.seen())


async def test_editing_the_configuration_and_testing_a_target_need_the_rights(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.settings.file.write_text('[[notify]]\nname = "chat"\ncommand = ["/bin/true"]\n')
    before = office.settings.file.read_text()
    monkeypatch.setenv("EDITOR", "/bin/false")
    permissions.set_rights(office, "60001", role="operator")
    permissions.set_rights(office, "60002", role="viewer")
    async with driving(replace(office, uid=60001)) as person:
        await person.press("asterisk")
        await person.at("WaysScreen")
        await person.press("e")
        await person.until(lambda: "Only an admin may do that" in person.seen())
    async with driving(replace(office, uid=60002)) as person:
        await person.press("asterisk")
        await person.at("WaysScreen")
        await person.until(lambda: "chat" in person.seen())
        await person.press("t")
        await person.until(lambda: "may only look" in person.seen())
    assert office.settings.file.read_text() == before
