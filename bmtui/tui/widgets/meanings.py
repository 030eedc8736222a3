"""Meanings of rows for the person who looks at them: the one place that gives each its glyph and its style."""

from __future__ import annotations

from enum import Enum

from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.words import EFFECT_IN_HAND, EffectState


class Meaning(Enum):
    """Glyph, its ASCII form and the name of its style; they stand before the words, never instead of them."""

    UNKNOWN = "?", "?", "unknown"
    """Nobody knows whether it took place."""
    LATE = "!", "!", "bad"
    """It should be done by now, or it failed."""
    SOON = "~", "~", "warn"
    """It is due soon, or it waits for a person."""
    GOING = "»", ">", "going"
    """It is on its way without anybody."""
    DONE = "✓", "+", "good"
    NOTHING = "·", ".", "dim"
    """Nothing is to be done, or not yet."""
    MARKED = "●", "*", "mark"

    def __init__(self, glyph: str, plain: str, style: str) -> None:
        self._glyph, self._plain = glyph, plain
        self.style = style

    @property
    def glyph(self) -> str:
        """One cell, as this terminal can show it."""
        return self._plain if LOCAL.ascii else self._glyph

    @property
    def piece(self) -> tuple[str, str]:
        """The glyph with its style."""
        return self.glyph, self.style


def of_effect(state: str) -> Meaning:
    """Meaning of the state of a write to Back Market."""
    if state in (EffectState.UNKNOWN, EffectState.NEEDS_PERSON):
        return Meaning.UNKNOWN
    if state in (EffectState.REJECTED, EffectState.NOT_APPLIED):
        return Meaning.LATE
    if state in EFFECT_IN_HAND:
        return Meaning.GOING
    return Meaning.DONE if state == EffectState.CONFIRMED else Meaning.NOTHING
