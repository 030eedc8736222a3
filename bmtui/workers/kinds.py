"""Every type of job, and what runs it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from bmtui.desk.context import Desk
from bmtui.queue.worker import Kind
from bmtui.words import JobType
from bmtui.workers import create_orders, download_orders, send_refund


def kinds(desk: Desk) -> Mapping[str, Kind]:
    return {
        JobType.ORDER_DOWNLOAD: Kind(partial(download_orders.run, desk)),
        JobType.ORDER_CREATION: Kind(partial(create_orders.run, desk)),
        JobType.REFUND: Kind(partial(send_refund.run, desk), partial(send_refund.abandon, desk)),
    }
