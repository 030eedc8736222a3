"""Audit on the screen: read and verified."""

from __future__ import annotations

from driving import driving

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search

TO_SHIP = "channel:to_ship status:in_process shipping:unshipped"


async def test_the_audit_is_read_and_verified(office: Desk) -> None:
    order = search.page(office, TO_SHIP).rows[0]
    internal_cancel.cancel_internally(office, order.order_id, "on_hold", "why")
    async with driving(office) as person:
        await person.open_list("exclamation_mark", "AuditScreen", "In Process → On Hold")
        await person.press("v")
        await person.says("checked, none was changed")
        await person.press("enter")
        await person.at("AuditRowScreen")
        await person.until(lambda: "Before" in person.seen())
        assert '"in_process"' in person.seen()
        assert "Order cancelled internally (order.cancelled_internally)" in person.seen()
        await person.press("q")
        await person.at("AuditScreen")
        database = office.store.database
        database.execute_sql("DROP TRIGGER audit_never_changes")
        database.execute_sql("UPDATE audit SET actor = 'x'")
        await person.press("v")
        await person.at("Notice")
        assert "was changed after it was written" in person.seen()
