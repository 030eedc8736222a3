"""Download of single orders by number, and the offer to download an order that is not stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bmtui.desk.sync import download as downloads
from bmtui.errors import NotFound
from bmtui.text import how_many
from bmtui.tui.dialogs.confirm import Confirm
from bmtui.tui.dialogs.pick import Pick
from bmtui.tui.shell import Shell


async def fetch(app: Shell, say: Callable[[str], None], company: str, order_ids: Sequence[int]) -> None:
    """Queue the download of these orders of a company."""
    job_id = await app.desk.write(downloads.fetch, company, order_ids)
    what = f"order {order_ids[0]}" if len(order_ids) == 1 else how_many(len(order_ids), "order")
    say(f"Job {job_id} reads {what} of {company} from Back Market. J shows how far it is.")


async def offer(app: Shell, say: Callable[[str], None], missing: NotFound, order_id: int, company: str | None) -> None:
    """Ask whether to download an order that is not stored, and from which company, and queue it.

    Raises:
        NotFound: `missing`, if the order cannot be downloaded.
    """
    names = [view.name for view in app.companies if view.enabled and (company or app.desk.company) in (None, view.name)]
    if app.desk.read_only or not names:
        raise missing
    heading = f"Order {order_id} is not in bmtui"
    if len(names) == 1:
        parts = [
            (f"Back Market is asked for it, with the account of {names[0]}.", ""),
            ("Nothing is changed on Back Market.", ""),
        ]
        chosen = names[0] if await app.ask(Confirm(heading, parts, "Fetch it")) else None
    else:
        chosen = await app.ask(Pick(f"{heading}: fetch it from", [(name, name, "") for name in names]))
    if chosen:
        await fetch(app, say, chosen, [order_id])
