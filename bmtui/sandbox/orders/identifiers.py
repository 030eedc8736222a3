"""Registration of the IMEI or serial numbers that a seller sends (API §6)."""

from collections.abc import Mapping
from typing import Any, Final

from bmtui.sandbox.errors import Refused
from bmtui.sandbox.orders.catalogue import OFFERS

_PHONES: Final = frozenset(offer.sku for offer in OFFERS if offer.identifier == "imei")


def registered(line: Mapping[str, Any], given: Mapping[str, str], quirks: Mapping[str, str]) -> dict[str, str]:
    """Return the part of `given` that the line takes; the rest is ignored silently. Raises Refused (400)."""
    taken = dict(given)
    if "imei" in taken and quirks["bad-imei"] == "refused" and not _is_imei(taken["imei"]):
        raise Refused(f"imei {taken['imei']} is not valid")
    if quirks["imei-of-others"] == "ignored" and line["listing"] not in _PHONES:
        taken.pop("imei", None)
    for name in taken:
        if line[name]:
            raise Refused(f"{name} is already registered on orderline {line['id']}")
    return taken


def _is_imei(text: str) -> bool:
    """Return whether the value is fifteen digits of which the last one is the check digit."""
    if len(text) != 15 or not (text.isascii() and text.isdigit()):
        return False
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(text))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
