"""Backfill of fees of orders that older releases stored without: read from the payloads that the inbox keeps.

Each worker does a part when it is idle, and a command does all. Each part is a transaction with the mark of its
progress, so that it goes on where it was broken off, and no payload is read twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from bmtui.channel.model import ChannelLine
from bmtui.channel.reading import read_order
from bmtui.desk.accounts import statement_matching
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.sync.order_columns import NO_FEE
from bmtui.errors import NotUnderstood
from bmtui.store.models import Backfill, database
from bmtui.store.plain_sql import fetch
from bmtui.text import how_many

NAME = "fees"
BATCH = 200
"""Number of payloads that one transaction reads."""
AT_ONCE_S = 0.5
"""Seconds of backfill that a worker does before other work has its turn."""


@dataclass(frozen=True, slots=True)
class FeeState:
    """Paid orders of the company in view, or of all, with and without a fee; `waiting`: payloads not read yet.

    `filled`: orders whose fees were filled in just now.
    """

    with_fee: int
    without_fee: int
    waiting: int
    filled: int = 0


def state(desk: Desk) -> FeeState:
    """Return the progress of the backfill."""
    where, values = ("AND company_id = ?", (desk.company_row().id,)) if desk.company else ("", ())
    with desk.store.snapshot():
        known, paid = fetch(
            f"SELECT count(COALESCE(fee_charged, fee)), count(*) FROM orders WHERE received > 0 {where}",  # noqa: S608
            values,
        )[0]
        waiting = fetch(
            f"SELECT count(*) FROM inbox i JOIN backfills b ON b.name = ? AND i.id > b.reached AND i.id <= b.until "  # noqa: S608
            f"WHERE TRUE {where}",
            (NAME, *values),
        )
        return FeeState(int(known), int(paid - known), int(waiting[0][0]))


def go_on(desk: Desk, most_s: float = AT_ONCE_S) -> int:
    """Fill in fees for `most_s` seconds, at least one batch; return the number of orders. One query if all is done."""
    began, filled = monotonic(), 0
    while (found := _next(desk)) is not None:
        filled += found
        if monotonic() - began >= most_s:
            break
    return filled


def _next(desk: Desk) -> int | None:
    """Read the next batch of payloads; return the number of orders filled in, None when all is done."""
    if not fetch("SELECT 1 FROM backfills WHERE name = ? AND reached < until", (NAME,)):
        return None
    with desk.store.transaction():
        mark = Backfill.get_by_id(NAME)
        rows = fetch(
            "SELECT id, company_id, order_id, payload FROM inbox WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
            (mark.reached, mark.until, BATCH),
        )
        by_company: dict[int, dict[int, str]] = {}
        for _, company_id, order_id, payload in rows:
            if order_id is not None:
                by_company.setdefault(company_id, {})[order_id] = payload
        filled = sum(_fill(desk, company_id, payloads) for company_id, payloads in by_company.items())
        reached = rows[-1][0] if rows else mark.until
        Backfill.update(reached=reached).where(Backfill.name == NAME).execute()
        return filled


def _fill(desk: Desk, company_id: int, payloads: Mapping[int, str]) -> int:
    """Fill in the fees of a company's orders that have none, inside the caller's transaction; return their number."""
    marks = ", ".join("?" for _ in payloads)
    rows = fetch(
        "SELECT o.order_id, o.id, l.id, l.line_id, l.state FROM orders o JOIN order_lines l ON l.order_ref = o.id "  # noqa: S608
        f"WHERE o.company_id = ? AND o.fee IS NULL AND l.fee IS NULL AND o.order_id IN ({marks})",
        (company_id, *payloads),
    )
    without: dict[int, list[tuple[int, int, int, int]]] = {}
    for order_id, *line in rows:
        without.setdefault(order_id, []).append((line[0], line[1], line[2], line[3]))
    orders, lines = [], []
    filled = []
    for order_id, here in without.items():
        said = _lines_of(payloads[order_id])
        found = [(row, said[line_id], state) for _, row, line_id, state in here if line_id in said]
        if not found:
            continue
        for row, channel_line, _ in found:
            given = channel_line.sales_dp_adjustment
            lines.append((_fee(channel_line), None if given is None else given.minor, row))
        # By the states of the lines as they are here, which a later reading may have changed.
        orders.append((sum(_fee(one) for _, one, state in found if state not in NO_FEE), here[0][0]))
        filled.append(order_id)
    if filled:
        _store("UPDATE order_lines SET fee = ?, adjustment = ? WHERE id = ?", lines)
        _store("UPDATE orders SET fee = ? WHERE id = ?", orders)
        # Statement rows are compared with the new fees.
        statement_matching.match(company_id, filled)
        told = f"Fees of {how_many(len(filled), 'order')} were filled in from what Back Market sent of them."
        audit.record(desk, "fees.filled_in", told, company_id=company_id, after={"orders": len(filled)})
    return len(filled)


def _lines_of(payload: str) -> dict[int, ChannelLine]:
    """Return the lines with a fee by line number; none when the payload was removed or cannot be read."""
    try:
        order = read_order(json.loads(payload))
    except (NotUnderstood, ValueError):
        return {}
    return {line.line_id: line for line in order.lines if line.fee is not None}


def _fee(line: ChannelLine) -> int:
    return line.fee.minor if line.fee is not None else 0


def _store(sql: str, values: Sequence[tuple[int | None, ...]]) -> None:
    database.execute_many(sql.replace("?", database.param), values)
