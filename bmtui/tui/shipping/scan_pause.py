"""Pauses that end the codes of a scanner without a suffix, told apart from typing and from a slow line.

A scanner types faster than anybody. But what comes over a slow line may stop in the middle of a code, and half a label
is the number of another parcel: a pause ends a code only as long as no suffix was seen, and a first one is longer.
"""

from __future__ import annotations

FIRST_PAUSE_S, PAUSE_S = 1.0, 0.5
"""Seconds without input that end such a code; the first pause shows that the scanner has no suffix."""
GAP_S = 0.05
"""Longest gap between two characters of a scan, in seconds; a person does not keep up such a speed."""
FEWEST = 6
"""Fewest characters of a code that a pause ends."""


class Burst:
    """Input of the scan field since it was empty, and the way in which codes ended so far."""

    def __init__(self) -> None:
        self._length, self._at, self._slow = 0, 0.0, False
        self._suffix, self._paused = False, False

    def changed(self, length: int, at: float) -> None:
        """Note that the field has `length` characters since `at`, in seconds."""
        if length == 0:
            self._slow = False
        elif length <= self._length or (self._length and at - self._at > GAP_S):
            # The text is corrected, or typed by a person.
            self._slow = True
        self._length, self._at = length, at

    def ended_by_key(self, at: float) -> None:
        """Note that Enter or Tab came; it is the scanner's suffix if it came as fast as the rest."""
        if self._is_scan and at - self._at <= GAP_S:
            self._suffix = True

    def ended_by_pause(self) -> None:
        self._paused = True

    @property
    def pause_s(self) -> float | None:
        """Seconds after which a pause ends the code in the field; None while no pause does."""
        if self._suffix or not self._is_scan:
            return None
        return PAUSE_S if self._paused else FIRST_PAUSE_S

    @property
    def _is_scan(self) -> bool:
        return self._length >= FEWEST and not self._slow
