"""Meanings of rows for a person, and the only place that gives each its glyph and its style."""

from __future__ import annotations

from enum import Enum

from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.words import EFFECT_IN_HAND, EffectState


class Meaning(Enum):
    """Meaning of a row: glyph, its ASCII form, style name. They stand before the words, never instead of them."""

    UNKNOWN = "?", "?", "unknown"
    """Outcome unknown: nobody can say whether the write took effect."""
    LATE = "!", "!", "bad"
    """Overdue, or failed."""
    SOON = "~", "~", "warn"
    """Due soon, or waiting for a person."""
    GOING = "»", ">", "going"
    """Under way, without the help of a person."""
    DONE = "✓", "+", "good"
    NOTHING = "·", ".", "dim"
    """Inactive: nothing to do, or not yet."""
    MARKED = "●", "*", "mark"

    def __init__(self, glyph: str, plain: str, style: str) -> None:
        self._glyph, self._plain = glyph, plain
        self.style = style

    @property
    def glyph(self) -> str:
        """Glyph of one cell, as this terminal can show it."""
        return self._plain if LOCAL.ascii else self._glyph

    @property
    def piece(self) -> tuple[str, str]:
        """Glyph with its style."""
        return self.glyph, self.style


def of_effect(state: str) -> Meaning:
    """Return the meaning of the state of a write to Back Market."""
    if state in (EffectState.UNKNOWN, EffectState.NEEDS_PERSON):
        return Meaning.UNKNOWN
    if state in (EffectState.REJECTED, EffectState.NOT_APPLIED):
        return Meaning.LATE
    if state in EFFECT_IN_HAND:
        return Meaning.GOING
    return Meaning.DONE if state == EffectState.CONFIRMED else Meaning.NOTHING
