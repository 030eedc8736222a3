"""Checks of a download: the stored orders against those of the marketplace."""

from __future__ import annotations

from helpers import check_money

from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Order


def said(server: SandboxServer) -> set[int]:
    return {order["order_id"] for order in server.marketplace.all_orders() if order["state"] not in (0, 8)}


def here() -> set[int]:
    return {row.order_id for row in Order.select()}


def children(desk: Desk, job_id: int) -> list[str]:
    return [child.status for child in jobs.children(desk, job_id)]


def complete(desk: Desk, server: SandboxServer, job_id: int) -> None:
    view = jobs.show(desk, job_id)
    assert (view.status, view.output["fetched"]) == ("completed", len(said(server)))
    assert (view.processed, view.succeeded, view.failed) == (len(said(server)), len(said(server)), 0)
    assert children(desk, job_id) == ["completed"]
    assert here() == said(server)
    check_money()
