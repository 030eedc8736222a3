"""Job that saves an order's documents from Back Market: the delivery note, and the label of a BackShip parcel."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import cast

from bmtui.configuration import replace_bytes
from bmtui.desk.core.context import Desk
from bmtui.errors import RuleRefused
from bmtui.queue.worker import JobContext, Outcome
from bmtui.store.models import Company
from bmtui.workers.shipping import channel_documents


async def run(desk: Desk, context: JobContext) -> Outcome:
    """Fetch the documents that there are; those that Back Market does not have yet are left out and reported."""
    order_id = int(context.claim.parameters["order_id"])
    company = await desk.store.read(Company.get_by_id, cast(int, context.claim.company_id))
    # Two companies may have an order of the same number.
    mine = replace(desk, company=company.name)
    folder = desk.settings.data / "documents" / "papers" / str(company.id)
    saved, missing = [], []
    for name, fetch in (("delivery-note", channel_documents.delivery_note), ("label", channel_documents.label)):
        await context.checkpoint()
        try:
            content = await fetch(mine, order_id)
        except RuleRefused as refused:
            missing.append(refused.message)
            continue
        file = folder / f"{order_id}-{name}.pdf"
        await asyncio.to_thread(replace_bytes, file, content)
        saved.append(str(file))
    return Outcome({"files": saved, "missing": missing})
