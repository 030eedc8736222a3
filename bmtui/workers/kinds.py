"""Types of jobs with their handlers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from bmtui.desk.core.context import Desk
from bmtui.queue.worker import Kind
from bmtui.words import SENDING_JOBS, JobType
from bmtui.workers.after_sales import download_folders
from bmtui.workers.invoicing import make_invoices
from bmtui.workers.notifications import deliver
from bmtui.workers.orders import write_view
from bmtui.workers.outbox import send_effects
from bmtui.workers.shipping import fetch_papers
from bmtui.workers.sync import create_orders, download_orders, reconcile


def kinds(desk: Desk) -> Mapping[str, Kind]:
    sending = Kind(partial(send_effects.run, desk), partial(send_effects.abandon, desk))
    return {
        **dict.fromkeys(SENDING_JOBS.values(), sending),
        JobType.ORDER_DOWNLOAD: Kind(partial(download_orders.run, desk)),
        JobType.INVOICE: Kind(partial(make_invoices.run, desk)),
        JobType.RECONCILIATION: Kind(partial(reconcile.run, desk)),
        JobType.AFTER_SALES_DOWNLOAD: Kind(partial(download_folders.run, desk)),
        JobType.ORDER_CREATION: Kind(partial(create_orders.run, desk)),
        JobType.PAPERS: Kind(partial(fetch_papers.run, desk)),
        JobType.VIEW_EXPORT: Kind(partial(write_view.run, desk), partial(write_view.abandon, desk)),
        JobType.NOTIFICATION: Kind(partial(deliver.run, desk)),
    }
