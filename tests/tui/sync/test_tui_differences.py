"""Differences between the store and Back Market, on the screen."""

from __future__ import annotations

from driving import driving

from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.orders import search
from bmtui.store.models import Drift, Job

SHIPPED = "channel:shipped payment:charged currency:EUR"


async def test_differences_are_listed_and_repaired_by_a_key(office: Desk) -> None:
    row = search.page(office, SHIPPED).rows[0]
    job = Job.select().first()
    for repairable in (True, False):
        Drift.create(
            job=job, company=job.company_id, order_id=row.order_id, what="tracking" if repairable else "refunds",
            here="X-1", there="none", advice="" if repairable else "Look in the Back Office.", repairable=repairable,
            found_at=office.now(), state="open",
        )  # fmt: skip
    async with driving(office) as person:
        await person.open_list("equals_sign", "DriftsScreen", "2 differences stand")
        await person.press("f")
        await person.says("takes what Back Market says of order")
        made = jobs.listing(office)[0]
        assert (made.type, made.parameters["fix"], made.parameters["orders"]) == (
            "reconciliation",
            True,
            [row.order_id],
        )
        await person.press("j", "f")
        await person.says("Look in the Back Office.")
        await person.press("R")
        await person.says("compares with Back Market")
        assert not jobs.listing(office)[0].parameters["fix"]
        await person.press("a")
        await person.at("Confirm")
        await person.press("Y")
        await person.says("compares with Back Market")
        assert jobs.listing(office)[0].parameters["fix"]
        await person.press("enter")
        await person.at("OrderScreen")
