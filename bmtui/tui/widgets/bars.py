"""Bars and sparklines of a few cells; they change only with the data."""

from __future__ import annotations

from collections.abc import Sequence

from bmtui.tui.widgets.locale_format import LOCAL

_EIGHTHS = "▏▎▍▌▋▊▉█"
_HEIGHTS = "▁▂▃▄▅▆▇█"
_HEIGHTS_ASCII = "_.-=+*#@"


def bar(value: int, most: int, width: int) -> str:
    """Return a bar of at most `width` cells for `value` of `most`; '' for 0, at least a sliver for more."""
    eighths = max(round(value / max(most, 1) * width * 8), 1 if value else 0)
    if LOCAL.ascii:
        return "#" * -(-eighths // 8)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest - 1] if rest else "")


def sparkline(values: Sequence[int]) -> str:
    """Return a cell for each value, as high as the value is in proportion to the highest one."""
    heights = _HEIGHTS_ASCII if LOCAL.ascii else _HEIGHTS
    most = max(values, default=0)
    return "".join(heights[round(value / most * (len(heights) - 1)) if most else 0] for value in values)
