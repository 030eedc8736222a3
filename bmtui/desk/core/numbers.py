"""Document and RMA numbers after a restore: each series waits until a person confirms its last used number.

Numbers given between the backup and the restore are not in the store; the next one may be on a document already.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bmtui.desk.core import store_marks
from bmtui.desk.core.context import Desk
from bmtui.errors import NumberUncertain
from bmtui.store.models import Company, InvoiceSeries, Return, StoreMark, database

RMA = "rma"
"""Name of the series of RMA numbers."""


def series_name(company: str, country: str, kind: str, period: str) -> str:
    """Return the name of a series of documents: ``Shop/GB/invoice/2026``."""
    return f"{company}/{country}/{kind}/{period or '-'}"


def series_waits(company: Company, period: str, series: InvoiceSeries | None) -> StoreMark | None:
    """Return the restore since which nobody confirmed the series, or None. A period that began after it is certain."""
    mark = store_marks.restored()
    if mark is None or (series is not None and (series.confirmed_mark or 0) >= mark.id):
        return None
    day = f"{mark.at.astimezone(ZoneInfo(company.time_zone)):%Y%m%d}"
    return None if period and period > day[: len(period)] else mark


def must_be_certain(company: Company, country: str, kind: str, period: str, series: InvoiceSeries | None) -> None:
    """Check that the next number of a series of documents cannot have been used. Raises NumberUncertain."""
    name = series_name(company.name, country, kind, period)
    _must_be_in_place(name)
    mark = series_waits(company, period, series)
    if mark is not None:
        raise _uncertain(name, mark)


def rma_number(desk: Desk) -> int | None:
    """Return the number that the next RMA must have, inside the caller's transaction; None: the database's next one.

    Raises:
        NumberUncertain: it may have been used.
    """
    _must_be_in_place(RMA)
    mark = store_marks.restored()
    if mark is None:
        return None
    if mark.last_rma is None:
        raise _uncertain(RMA, mark)
    return None if Return.select().where(Return.id > mark.last_rma).exists() else mark.last_rma + 1


def _must_be_in_place(name: str) -> None:
    """Check that the store was not replaced. Raises NumberUncertain where it was, and no worker has noticed it yet."""
    if database.obj.server_changed():
        raise NumberUncertain(
            f"The series {name} waits: the store is another file or server than it was, or an older state of it. "
            "Numbers that were used since are not in the store.",
            "'bmtui worker --once' marks what of it is uncertain; then 'bmtui numbers list'.",
        )


def _uncertain(name: str, mark: StoreMark) -> NumberUncertain:
    return NumberUncertain(
        f"The series {name} waits: {mark.about[:1].lower()}{mark.about[1:]} "
        "Numbers that were used since are not in the store.",
        f"Look for the last one that was used, then 'bmtui numbers confirm {name} LAST' ('bmtui numbers list').",
    )
