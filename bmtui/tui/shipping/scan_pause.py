"""Tells a scanner that ends its codes with nothing from a person who types, and from a line that is slow.

A scanner types faster than anybody. But what comes over a slow line may stop in the middle of a code, and half a label
is the number of another parcel: a pause ends a code only as long as no suffix was seen, and a first one is longer.
"""

from __future__ import annotations

FIRST_PAUSE_S, PAUSE_S = 1.0, 0.5
"""A code of a scanner without a suffix ends when nothing came for so long; the first pause shows that it has none."""
GAP_S = 0.05
"""Seconds between two characters that no person types below for long."""
FEWEST = 6
"""Characters of a code that a pause ends."""


class Burst:
    """What came into the field since it was empty, and how codes ended so far."""

    def __init__(self) -> None:
        self._length, self._at, self._slow = 0, 0.0, False
        self._suffix, self._paused = False, False

    def changed(self, length: int, at: float) -> None:
        """The field has so many characters since `at`, in seconds."""
        if length == 0:
            self._slow = False
        elif length <= self._length or (self._length and at - self._at > GAP_S):
            # Somebody corrects it, or types.
            self._slow = True
        self._length, self._at = length, at

    def ended_by_key(self, at: float) -> None:
        """Enter or Tab came: from the scanner, when it came as fast as the rest."""
        if self._is_scan and at - self._at <= GAP_S:
            self._suffix = True

    def ended_by_pause(self) -> None:
        self._paused = True

    @property
    def pause_s(self) -> float | None:
        """After how many seconds a pause ends what is there; None when it does not."""
        if self._suffix or not self._is_scan:
            return None
        return PAUSE_S if self._paused else FIRST_PAUSE_S

    @property
    def _is_scan(self) -> bool:
        return self._length >= FEWEST and not self._slow
