"""After-sales folders on both sides, and a marketplace without a limit on reading them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from helpers import work_through

from bmtui.desk.after_sales import folder_store, replies
from bmtui.desk.after_sales import folders as care
from bmtui.desk.after_sales.replies import CareSent
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer

SAV = "/ws/sav"


@contextmanager
def wide_marketplace() -> Iterator[SandboxServer]:
    """Yield a marketplace for all tests of a folder of tests; each test writes to an after-sales folder of its own."""
    # Every test is an installation of its own, which knows nothing of what the others have called.
    wide = {f"care-{what}-per-{span}": 100_000 for what in ("list", "detail", "message") for span in ("minute", "day")}
    with SandboxServer(SandboxOptions(orders=400, rate_limit=100_000, limits=wide)) as server:
        yield server


def download(desk: Desk) -> Any:
    job_id = folder_store.start(desk, None, max_failures=3)
    work_through(desk)
    return jobs.show(desk, job_id)


def there(server: SandboxServer) -> dict[int, dict[str, Any]]:
    return {folder["id"]: folder for folder in server.marketplace.care.all_folders()}


class Case:
    """After-sales folder on both sides: opened by a customer just now, or an `old` one of the marketplace's history."""

    def __init__(self, desk: Desk, server: SandboxServer, *, old: bool = False) -> None:
        self.desk, self.server = desk, server
        market = server.marketplace.care
        with server.marketplace.state.lock:
            if old:
                folders = market.all_folders()
                self.folder_id = next(one["id"] for one in folders if one["id"] < 100_000_000 and one["state"] == 0)
            else:
                self.folder_id = market.open_one(*market.lines_without()[0])
        with desk.store.transaction():
            raw = there(server)[self.folder_id]
            assert folder_store.keep(desk, desk.company_row().id, self.folder_id, raw) == ""

    def answer(self, text: str = "We look into it.", files: tuple[str, ...] = ()) -> CareSent:
        return replies.send(self.desk, replies.answer(self.folder_id, text, files))

    @property
    def applied(self) -> list[dict[str, Any]]:
        effects = self.server.marketplace.effects
        return [effect["body"] for effect in effects if effect["body"].get("folder_id") == self.folder_id]

    @property
    def view(self) -> care.FolderView:
        return care.show(self.desk, self.folder_id)
