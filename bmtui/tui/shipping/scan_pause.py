"""Tells a scanner that ends its codes with nothing from a person who types: a scanner types faster than anybody."""

from __future__ import annotations

PAUSE_S = 0.3
"""A code of a scanner ends when nothing came for so long."""
GAP_S = 0.05
"""Seconds between two characters that no person types below for long."""
FEWEST = 6
"""Characters of a code that a pause ends."""


class Burst:
    """What came into the field since it was empty."""

    def __init__(self) -> None:
        self._length, self._at, self._slow = 0, 0.0, False

    def changed(self, length: int, at: float) -> None:
        """The field has so many characters since `at`, in seconds."""
        if length == 0:
            self._slow = False
        elif length <= self._length or (self._length and at - self._at > GAP_S):
            # Somebody corrects it, or types.
            self._slow = True
        self._length, self._at = length, at

    @property
    def is_scan(self) -> bool:
        """Whether a pause now is the end of a code."""
        return self._length >= FEWEST and not self._slow
