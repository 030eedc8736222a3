"""Steps of the actions that download orders and repair differences."""

from __future__ import annotations

from collections.abc import Sequence

from bmtui.desk.orders.order_row import OrderRow
from bmtui.desk.sync import download as downloads
from bmtui.desk.sync import reconcile, schedule
from bmtui.desk.sync.reconcile import DriftView
from bmtui.errors import NotFound
from bmtui.tui.dialogs.confirm import Confirm
from bmtui.tui.order_screen import OrderActs
from bmtui.tui.screen import DeskScreen
from bmtui.tui.sync import fetching
from bmtui.tui.sync.download_dialog import Download
from bmtui.tui.sync.screen import DriftsScreen


async def download(screen: DeskScreen) -> None:
    """Ask for company and start date, and queue the download."""
    app = screen.desk_app
    answer = await app.ask(Download(app.companies, app.first_company, app.today))
    if answer:
        job_id = await app.desk.write(downloads.start, answer.company, answer.since)
        screen.say(
            f"Job {job_id} downloads the orders of {answer.company} from {answer.since} on. J shows how far it is."
        )


async def update(screen: DeskScreen) -> None:
    """Queue a download of changed orders for every company in view."""
    app = screen.desk_app
    shown = [view for view in app.companies if app.desk.company in (None, view.name) and view.enabled]
    ids = [str(await app.desk.write(schedule.start, view.name)) for view in shown]
    screen.say(f"Job {', '.join(ids)} downloads what changed. J shows how far it is." if ids else "Nothing is enabled.")


async def refresh(screen: OrderActs) -> None:
    """Queue a download of the order."""
    _, order = screen.desk_and_order()
    await fetching.fetch(screen.desk_app, screen.say, order.company, [order.order_id])


async def refresh_all(screen: OrderActs, rows: Sequence[OrderRow]) -> None:
    """Queue a download of all the orders, a job for each company."""
    of_company: dict[str, list[int]] = {}
    for row in rows:
        of_company.setdefault(row.company, []).append(row.order_id)
    for company, order_ids in of_company.items():
        await fetching.fetch(screen.desk_app, screen.say, company, order_ids)


# Differences


async def open_drifts(screen: DeskScreen) -> None:
    """Show the differences."""
    await screen.desk_app.show(DriftsScreen())


async def open_order(screen: DriftsScreen) -> None:
    """Open the order of the difference."""
    row = _drift(screen)
    await screen.desk_app.open_order(row.order_id, row.company)


async def compare(screen: DeskScreen) -> None:
    """Queue a comparison of every company in view."""
    await _compare(screen, fix=False)


async def repair_all(screen: DeskScreen) -> None:
    """Compare again and repair the safe differences, after a question."""
    parts = [
        ("Compare anew, and take what Back Market says wherever that is safe.", "bold"),
        ("Nothing is sent to Back Market. What needs a person stays as it is.", ""),
    ]
    if await screen.desk_app.ask(Confirm("Repair all that is safe?", parts, "Repair")):
        await _compare(screen, fix=True)


async def _compare(screen: DeskScreen, *, fix: bool) -> None:
    app = screen.desk_app
    names = [view.name for view in app.companies if view.enabled and app.desk.company in (None, view.name)]
    jobs = [str(await app.desk.write(reconcile.start, name, fix=fix)) for name in names]
    told = f"Job {', '.join(jobs)} compares with Back Market; J shows how far it is."
    screen.say(told if jobs else "No company is enabled.", "" if jobs else "warn")
    await app.check_changes()


async def repair(screen: DriftsScreen) -> None:
    """Queue the repair of one difference."""
    row = _drift(screen)
    job = await screen.desk_app.desk.write(reconcile.repair, row.drift_id)
    await screen.desk_app.check_changes()
    screen.say(f"Job {job} takes what Back Market says of order {row.order_id}.", "good")


def _drift(screen: DriftsScreen) -> DriftView:
    if screen.current is None:  # it has gone since the key was pressed
        raise NotFound("There is no difference here any more.")
    return screen.current
