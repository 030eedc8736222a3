"""Check digits of devices, boxes and parcels, as far as they are published.

Sources: GSMA TS.06 (IMEI), GS1 General Specifications (EAN, UPC, GTIN, SSCC), UPU S10, ISO 7064, and the carriers'
guides to their labels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

REPORTING_BODIES = frozenset(
    ("01", "33", "35", "44", "45", "49", "50", "51", "52", "53", "54", "86", "91", "98", "99"),
)
"""First two digits of IMEIs that were allocated to phones (GSMA TS.06, appendix A)."""
TODAYS_BODIES = frozenset(("35", "86"))
"""First two digits of the IMEIs of almost all phones that are sold today."""
_LETTERS = {letter: value for value, letter in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_S10 = re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}", re.ASCII)
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_UPS = re.compile(r"1Z[0-9A-Z]{15}\d", re.ASCII)


def digits(text: str) -> bool:
    """Return whether `text` is one or more ASCII digits."""
    return text.isascii() and text.isdecimal()


def is_luhn(number: str) -> bool:
    """Return whether the last of the decimal digits is the Luhn check digit of the others."""
    # Loaded where a number is checked: stdnum loads ssl and pydoc, 20 ms that every command would pay.
    from stdnum import luhn

    return bool(luhn.is_valid(number))


def is_imei(number: str) -> bool:
    """Return whether `number` is 15 digits with the right check digit."""
    return len(number) == 15 and digits(number) and is_luhn(number)


def box_code(number: str) -> str:
    """Return the kind of barcode on a box of goods that `number` is: "EAN", "UPC", or "" for none.

    Codes for use within a shop (EAN 2…, UPC 2, 4 and 5) are not on boxes of goods.
    """
    if not digits(number) or not number.strip("0") or not _is_ean(number):
        return ""
    if len(number) == 13:
        return "" if number[0] == "2" else "EAN"
    if len(number) == 12:
        return "UPC" if number[0] in "016789" else ""
    return "EAN" if len(number) == 8 else ""


def is_gtin14(number: str) -> bool:
    """Return whether `number` is a carton's GTIN-14: 14 digits with the right check digit."""
    return len(number) == 14 and _is_ean(number)


def _is_ean(number: str) -> bool:
    from stdnum import ean

    return bool(ean.is_valid(number))


def is_s10(number: str) -> bool:
    """Return whether `number` is the number of a UPU S10 postal item with the right check digit: RR123456785GB."""
    return bool(_S10.fullmatch(number)) and s10_digit(number[2:10]) == number[10]


def looks_s10(number: str) -> bool:
    """Return whether `number` has the shape of UPU S10, with any check digit."""
    return bool(_S10.fullmatch(number))


def s10_digit(serial: str) -> str:
    """Return the check digit of the eight digits of a UPU S10 item."""
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(serial, _S10_WEIGHTS, strict=True)) % 11
    return {10: "0", 11: "5"}.get(rest) or str(rest)


def is_ups(number: str) -> bool:
    """Return whether the check digit of `number`, which has the shape of UPS numbers 1Z…, is right."""
    values = [int(char) if char.isdecimal() else (ord(char) - 63) % 10 for char in number[2:17]]
    return -_weighted(values, (1, 2)) % 10 == int(number[17])


def parcel_kind(number: str) -> str:
    """Return whose parcel a number in capitals is, by its shape alone: "UPS", "DHL", "the post"; "" for others."""
    if re.fullmatch(r"1Z[0-9A-Z]{16}", number, re.ASCII):
        return "UPS"
    if re.fullmatch(r"JJD\d{14,20}", number, re.ASCII):
        return "DHL"
    return "the post" if is_s10(number) else ""


def is_gs1(number: str) -> bool:
    """Return whether the last digit is that of GS1 (weights 3 and 1 from the right): SSCC, USPS, FedEx."""
    return -_weighted([int(digit) for digit in reversed(number[:-1])], (3, 1)) % 10 == int(number[-1])


def _weighted(values: Sequence[int], weights: Sequence[int]) -> int:
    return sum(value * weight for value, weight in zip(values, cycle(weights), strict=False))


def _remainder_of_7(number: str) -> bool:
    return int(number[:-1]) % 7 == int(number[-1])


def _fedex_12(number: str) -> bool:
    return _weighted([int(digit) for digit in number[:11]], (3, 1, 7)) % 11 % 10 == int(number[11])


def _mod_37_36(number: str) -> bool:
    rest = 36
    for char in number[:-1]:
        rest = (rest + _LETTERS[char]) % 36 or 36
        rest = rest * 2 % 37
    return (rest + _LETTERS[number[-1]]) % 36 == 1


@dataclass(frozen=True, slots=True)
class ParcelRule:
    """Check digit of a carrier's numbers that match `shape`; every number of the shape has it."""

    shape: re.Pattern[str]
    right: Callable[[str], bool]


def _rule(shape: str, right: Callable[[str], bool]) -> ParcelRule:
    return ParcelRule(re.compile(shape, re.ASCII), right)


_EVERY_CARRIER = (_rule(_UPS.pattern, is_ups), _rule(_S10.pattern, is_s10), _rule(r"00\d{18}", is_gs1))
_OF_CARRIER: Mapping[str, tuple[ParcelRule, ...]] = {
    "dhl express": (_rule(r"\d{10}", _remainder_of_7),),
    "fedex": (_rule(r"\d{12}", _fedex_12), _rule(r"\d{15}", is_gs1), _rule(r"92\d{20}", is_gs1)),
    "usps": (_rule(r"9[1-5]\d{20}", is_gs1), _rule(r"9[1-5]\d{24}", is_gs1)),
    "dpd": (_rule(r"\d{14}[0-9A-Z]", _mod_37_36),),
    "yamato": (_rule(r"\d{12}", _remainder_of_7),),
    "sagawa": (_rule(r"\d{12}", _remainder_of_7),),
}


def parcel_rule(carrier: str, number: str) -> ParcelRule | None:
    """Return the check digit rule of the carrier for this number; None where not every number of its shape has one."""
    rules = (*_EVERY_CARRIER, *_OF_CARRIER.get(carrier.strip().casefold(), ()))
    return next((rule for rule in rules if rule.shape.fullmatch(number)), None)
