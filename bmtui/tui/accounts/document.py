"""Figures as lines of text, with bars and sparklines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from bmtui.desk.accounts.figures import Figures, SkuTakings, Takings
from bmtui.desk.accounts.statements import StatementSum
from bmtui.money import Money
from bmtui.text import how_many
from bmtui.tui.widgets.bars import bar, sparkline
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.text import Pieces, fit

SHOWN = 10
"""Most lines of a list; JSON has all."""
_NAMED, _CODE, _AMOUNT, _BAR = 16, 6, 16, 14
_ADVICE = "Have your accountant look at it. 'bmtui money tax' and 'bmtui money oss' make the returns."


def document(found: Figures, sums: Sequence[StatementSum], width: int) -> list[Pieces]:
    """Return the lines at this width in cells."""
    lines: list[Pieces] = [*_totals(found)]
    lines += _trends(found, width)
    lines += _speed(found)
    lines += _statements(sums)
    for title, rows in (("Markets", found.markets), ("Carriers", found.carriers)):
        lines += _takings(title, rows)
    lines += _skus(found.skus)
    lines += _returns(found)
    return [*lines, (), ((_ADVICE, "dim"),)]


def _amount(money: Money) -> str:
    return fit(LOCAL.amount(money), _AMOUNT, right=True)


def _totals(found: Figures) -> Iterable[Pieces]:
    names = ("Revenue", "Refunds", "Fees", "Net")
    heads = "".join(fit(name, _AMOUNT, right=True) for name in names)
    yield ((f"{fit('', _CODE)}{fit('Orders', 8, right=True)}{heads}", "dim"),)
    for row in found.totals:
        amounts = "".join(map(_amount, (row.revenue, row.refunds, row.fees)))
        yield (
            (f"{fit(row.currency, _CODE)}{row.orders:>8,}{amounts}", ""),
            (_amount(row.net), "bold"),
        )
    if not found.totals:
        yield (("No paid order was created on these days.", "dim"),)


def _trends(found: Figures, width: int) -> Iterable[Pieces]:
    """Yield the revenue of each currency by day, or by week where the days do not fit the width."""
    count = (found.last - found.first).days + 1
    if not found.totals:
        return
    yield ()
    days = [(found.first + timedelta(days=place)) for place in range(count)]
    keys = [day.isoformat() for day in days]
    rows, what = found.days, "day"
    if count > width - _NAMED - 20:
        keys = list(dict.fromkeys(f"{day.isocalendar()[0]}-W{day.isocalendar()[1]:02}" for day in days))
        rows, what = found.weeks, "week"
    for total in found.totals:
        by_key = {row.key: row.revenue.minor for row in rows if row.currency == total.currency}
        yield (
            (fit(f"{total.currency} by {what}", _NAMED), "dim"),
            (sparkline([by_key.get(key, 0) for key in keys]), ""),
        )


def _takings(title: str, rows: Sequence[Takings]) -> Iterable[Pieces]:
    if not rows:
        return
    yield ()
    yield ((title, "title"),)
    most = max(row.orders for row in rows)
    for row in rows[:SHOWN]:
        yield (
            (f"{fit(row.key, _NAMED)}{row.orders:>8,}{_amount(row.net)} ", ""),
            (fit(bar(row.orders, most, _BAR), _BAR), ""),
            (f" refunded {row.refund_rate:.1%}", "dim"),
        )
    yield from _more(len(rows))


def _skus(rows: Sequence[SkuTakings]) -> Iterable[Pieces]:
    if not rows:
        return
    yield ()
    yield (("SKUs", "title"),)
    most = max(row.pieces for row in rows)
    for row in rows[:SHOWN]:
        yield (
            (f"{fit(row.key, _NAMED)}{row.pieces:>8,}{_amount(row.net)} ", ""),
            (fit(bar(row.pieces, most, _BAR), _BAR), ""),
            (f" refunded {row.refund_rate:.1%} · back {row.return_rate:.1%}", "dim"),
        )
    yield from _more(len(rows))


def _more(count: int) -> Iterable[Pieces]:
    if count > SHOWN:
        yield ((f"… and {count - SHOWN:,} more: 'bmtui money figures --by …' lists all", "dim"),)


def _returns(found: Figures) -> Iterable[Pieces]:
    if found.reasons:
        yield ()
        yield (("Returns by reason", "title"),)
        most = max(row.pieces for row in found.reasons)
        for row in found.reasons[:SHOWN]:
            yield (
                (f"{fit(row.reason, 20)} {fit(row.sku, _NAMED)}{row.pieces:>6,} ", ""),
                (bar(row.pieces, most, _BAR), ""),
            )
        yield from _more(len(found.reasons))
    if found.devices:
        yield ()
        yield (("Devices that came back twice or more", "title"),)
        for device in found.devices[:SHOWN]:
            history = ", ".join(f"order {one.order_id} {one.at:%Y-%m-%d} {one.reason}" for one in device.history)
            yield ((f"{device.imei} {device.sku} ×{device.times}", "warn"), (f"  {history}", "dim"))
        yield from _more(len(found.devices))


def _speed(found: Figures) -> Iterable[Pieces]:
    speed, answers, clock = found.speed, found.answers, found.return_clock
    yield ()
    yield (("Speed", "title"),)
    late = f"{speed.late:,} of {speed.shipped:,} after {speed.late_after_h} h ({speed.late_share:.1%})"
    yield (
        (f"Paid to shipped: {speed.mean_h} h on average, ", ""),
        (late, "bad" if speed.late else ""),
    )
    yield (
        (f"First answers: {answers.answered:,} of {answers.folders:,}, median {answers.median_h} h, ", ""),
        (f"{answers.within_target:,} within {answers.target_h} h", ""),
    )
    yield (
        (
            f"Return clock: {clock.under_way:,} under way, {clock.withdrawal:,} can withdraw "
            f"({how_many(clock.withdrawal_days, 'day')}), {clock.free_return:,} can return for free "
            f"({how_many(clock.return_days, 'day')})",
            "",
        ),
    )


def _statements(sums: Sequence[StatementSum]) -> Iterable[Pieces]:
    yield ()
    yield (("Billing statements", "title"),)
    if not sums:
        yield (("None was imported. ", "dim"), ("i", "key"), (" imports one.", "dim"))
        return
    by_statement: dict[tuple[str, str], list[StatementSum]] = {}
    for one in sums:
        by_statement.setdefault((one.statement, one.currency), []).append(one)
    for (name, currency), mine in list(by_statement.items())[:SHOWN]:
        whole = Money(sum(one.amount.minor for one in mine), currency)
        odd = sum(one.unexplained_rows for one in mine)
        yield (
            (f"{fit(name, 24)}{how_many(sum(one.rows for one in mine), 'row'):>13}{_amount(whole)}", ""),
            (f"  {odd:,} not explained" if odd else "  all explained", "warn" if odd else "good"),
        )
