"""Numbers that a scanner typed on a computer with another keyboard layout: the number that was meant.

A scanner types the keys of a US keyboard. Where the computer is set to another layout, or Shift is held, the digit row
gives other characters.
"""

from __future__ import annotations

_FEWEST = 6
"""Smallest number of characters of a digit row that make a number; fewer may be punctuation."""
_AZERTY = str.maketrans("aqwzAQWZ", "qazwQAZW")
_QWERTZ = str.maketrans("yzYZ", "zyZY")
_ROWS: tuple[tuple[str, str, dict[int, int]], ...] = (
    ("AZERTY", "&é\"'(-è_çà", _AZERTY),
    ("AZERTY (Belgium)", "&é\"'(§è!çà", _AZERTY),
    ("QWERTZ (Czech)", "+ěščřžýáíé", _QWERTZ),
    ("QWERTZ (Slovak)", "+ľščťžýáíé", _QWERTZ),
    ("QWERTY with Shift held", "!@#$%^&*()", {}),
    ("QWERTY (UK) with Shift held", '!"£$%^&*()', {}),
    ("QWERTZ with Shift held", '!"§$%&/()=', _QWERTZ),
)
"""Layouts: name, characters of the keys 1 to 9 and 0, and the letters as those of a US keyboard."""


def meant(text: str) -> tuple[str, str] | None:
    """Return (layout, meant number) of a text without blanks that another layout distorted; None for others."""
    if len(text) < _FEWEST or any("0" <= char <= "9" for char in text):
        return None
    for layout, row, letters in _ROWS:
        digits = {char: str(place % 10) for place, char in enumerate(row, start=1)}
        from_row = [char for char in text if char in digits]
        rest_is_letters = all(char in digits or (char.isascii() and char.isalpha()) for char in text)
        if len(from_row) >= _FEWEST and len(set(from_row)) > 1 and rest_is_letters:
            return layout, "".join(digits.get(char) or char.translate(letters) for char in text)
    return None
