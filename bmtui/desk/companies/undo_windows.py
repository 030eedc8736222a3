"""Undo windows: seconds that a planned effect waits before it is sent, so that a mistake can be taken back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from bmtui.errors import ConfigError
from bmtui.words import EffectKind

DEFAULT_S: Mapping[EffectKind, int] = {
    EffectKind.ACCEPT: 5,
    EffectKind.CANCEL_ON_CHANNEL: 10,
    EffectKind.SHIP: 10,
    # Cannot be changed once it is registered (API §4).
    EffectKind.IDENTIFIERS: 15,
    EffectKind.REFUND: 10,
    EffectKind.INVOICE: 5,
    EffectKind.MESSAGE: 10,
}
LONGEST_S = 3600


def windows(text: str) -> Mapping[EffectKind, timedelta]:
    """Return the windows that a company's setting means, such as ``refund=30 ship=0``; other kinds have their default.

    Raises:
        ConfigError: not such a text, an unknown kind, or more than an hour.
    """
    seconds = dict(DEFAULT_S)
    for part in re.split(r"[\s,]+", text.strip()):
        if not part:
            continue
        name, _, number = part.partition("=")
        if name not in tuple(EffectKind):
            raise ConfigError(f"'{name[:40]}' has no undo window.", f"Kinds: {', '.join(EffectKind)}.")
        if not re.fullmatch(r"[0-9]{1,4}", number) or int(number) > LONGEST_S:
            raise ConfigError(
                f"'{part[:40]}' is not an undo window.", f"Write it like {name}=10: seconds, at most {LONGEST_S}."
            )
        seconds[EffectKind(name)] = int(number)
    return {kind: timedelta(seconds=number) for kind, number in seconds.items()}
