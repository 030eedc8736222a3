"""Times for an operator, in the company's zone. None is finer than a minute, so that an idle screen sends nothing."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from bmtui.desk.core.dates import stamp as stamp
from bmtui.desk.orders.order_row import OrderRow
from bmtui.tui.widgets.locale_format import LOCAL


def short(at: datetime | None, zone: tzinfo, now: datetime) -> str:
    """Return at most 12 cells: ``14:05`` of today, ``23 Nov 14:05`` of this year, else ``23 Nov 2025``; '' for None."""
    if at is None:
        return ""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    day = LOCAL.day(local.day, local.month)
    return f"{day} {local:%H:%M}" if local.year == today.year else f"{day} {local.year}"


def span(length: timedelta) -> str:
    """Return a length of time in its largest unit: ``5m``, ``2h``, ``3d``."""
    minutes = max(int(length.total_seconds()) // 60, 0)
    if minutes < 60:
        return f"{minutes}m"
    return f"{minutes // 60}h" if minutes < 48 * 60 else f"{minutes // 1440}d"


def elapsed(begin: datetime | None, end: datetime | None) -> str:
    """Return a duration to the second: ``1:05:09``; '' before its end."""
    if begin is None or end is None:
        return ""
    seconds = max(int((end - begin).total_seconds()), 0)
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def deadline(at: datetime | None, zone: tzinfo, now: datetime) -> str:
    """Return a deadline in 9 cells, which does not tick: ``Mon 14:00``, from a week on ``24 Nov``; ``–`` for None."""
    if at is None:
        return "–"
    local, today = at.astimezone(zone), now.astimezone(zone)
    if abs((local.date() - today.date()).days) < 7:
        return f"{LOCAL.weekdays[local.weekday()]} {local:%H:%M}"
    return LOCAL.day(local.day, local.month)


def ship_by(order: OrderRow, zone: tzinfo, now: datetime) -> str:
    """Return the ship-by clock for a page: ``late 2h``, ``today 14:00``, ``Mon 14:00``; ``–`` when none runs."""
    due = order.deadline
    if due is not None and due < now:
        return f"late {span(now - due)}"
    if due is not None and due.astimezone(zone).date() == now.astimezone(zone).date():
        return f"today {due.astimezone(zone):%H:%M}"
    return deadline(due, zone, now)
