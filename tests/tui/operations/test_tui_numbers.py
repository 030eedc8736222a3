"""Number series and requests that wait for a person after a restore, on the screens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from driving import driving

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import distrust, numbers
from bmtui.desk.orders import search
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest


async def test_last_number_of_a_series_is_confirmed(office: Desk) -> None:
    distrust.doubt(office, office.now() - timedelta(days=1))
    async with driving(office) as person:
        await person.open_list("I", "QueueScreen", "no invoice provided")
        await person.open_list("n", "NumbersScreen", "RMA numbers")
        assert "wait for their last number after a restore" in person.words
        await person.press("enter")
        await person.at("AskText")
        await person.press(*"x", "enter")
        await person.until(lambda: "not a whole number" in person.words)
        await person.press("backspace", *"12", "enter")
        await person.says("RMA numbers: the next number is 13")
        assert next(view for view in numbers.listing(office) if view.name == "rma").last_number == 12


async def test_request_in_doubt_is_settled_before_it_can_be_approved(office: Desk) -> None:
    permissions.set_rights(office, "4242", role="operator", per_refund={"EUR": "1"})
    order = search.page(office, "channel:shipped payment:charged currency:EUR").rows[0]
    asked = refunds.issue(replace(office, uid=4242, actor="ann(4242)"), order.order_id, RefundRequest()).approval_id
    assert asked is not None
    distrust.doubt(office, office.now())
    async with driving(office) as person:
        await person.open_list("A", "ApprovalsScreen", "ann(4242)")
        await person.press("a")
        await person.says("s settles that first")
        await person.press("s")
        await person.at("Settle")
        await person.press("D")
        await person.says("it waits for a second person again")
        assert approvals.show(office, asked).doubt == ""
        await person.press("s")
        await person.says("It is not in doubt")


async def test_a_series_begins_where_another_system_left_it(office: Desk) -> None:
    name = next(view.name for view in numbers.listing(office) if view.can_begin)
    at = [view.name for view in numbers.listing(office)].index(name)
    async with driving(office) as person:
        await person.open_list("I", "QueueScreen", "no invoice provided")
        await person.open_list("N", "NumbersScreen", "RMA numbers")
        await person.press("b")
        await person.says("Numbers of it were given here")
        await person.press(*["j"] * at, "b")
        await person.at("AskText")
        await person.press("backspace", *"501", "enter")
        await person.at("Confirm")
        await person.until(lambda: "Was 500 the last one" in person.words)
        await person.press("Y")
        await person.says("begins with")
        assert next(view for view in numbers.listing(office) if view.name == name).last_number == 500
