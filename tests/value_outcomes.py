"""Outcomes of the readers in bmtui.values: the value, or a refusal as documented."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bmtui.errors import NotRead, ValueRefused

FIELD = "some_field"


def outcome(read: Callable[..., Any], *args: Any, **options: Any) -> tuple[Any, NotRead | ValueRefused | None]:
    """Return (value, None) or (None, refusal); check that a refusal is complete and safe to print."""
    refusal: NotRead | ValueRefused | None = None
    try:
        return read(*args, field=FIELD, **options), None
    except (NotRead, ValueRefused) as error:
        refusal = error
    assert refusal.field == FIELD
    assert refusal.understood
    assert refusal.advice
    assert len(refusal.came) <= 40
    assert str(refusal).isprintable()
    return None, refusal
