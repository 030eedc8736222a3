"""Reader of tracking numbers of parcels, by the shapes of the chosen carrier and of the others.

Shapes that only another carrier has are tested before those of the chosen one, because patterns such as ``\\d{10,20}``
take anything. A poor fit to the chosen carrier is a doubt. An IMEI or the barcode of a box is never a tracking number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from bmtui.errors import NotRead, ValueRefused
from bmtui.values import check_digits, cleaning, identifier
from bmtui.values.check_digits import digits

LONGEST = 200
_WANTED = "tracking number"
_ADVICE = "Scan or copy the number on the carrier's label."
_NUMBER = re.compile(r"(?:(?![@;'\"<>\\`])[!-~])+")
_LABEL = re.compile(
    r"""(?:track(?:ing)?|shipment|parcel|awb|waybill|sendungs?(?:nummer)?|paket(?:nummer)?|colis|suivi
    |(?:num[eé]ro|n[°º])\ de\ (?:suivi|colis))(?:\s*(?:no|nr|number|id|code))?\.?\s*[:=\#]\s*(?=\S)""",
    re.IGNORECASE | re.VERBOSE,
)
_LONG_RUN = re.compile(r"\d{15,}", re.ASCII)
_FEWEST_APART = 8
"""Smallest number of characters of a part that may be a number of its own."""


class Carrier(Protocol):
    """Carrier as a reader needs it.

    `patterns` are all shapes of its numbers in capital letters, `unmistakable` those that no other carrier has.
    """

    @property
    def name(self) -> str: ...
    @property
    def patterns(self) -> tuple[re.Pattern[str], ...]: ...
    @property
    def unmistakable(self) -> tuple[re.Pattern[str], ...]: ...


@dataclass(frozen=True, slots=True)
class TrackingNumber:
    """Tracking number as it is sent; `doubts` are sentences that a person confirms before that."""

    value: str
    doubts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.value


def read(
    text: str, carrier: Carrier | None = None, others: Collection[Carrier] = (), *, field: str = "tracking"
) -> TrackingNumber:
    """Read a tracking number; returned without blanks, in capital letters where a carrier's shape has them.

    Args:
        carrier: chosen carrier; None when it is unknown or none was chosen.
        others: all known carriers; the chosen one may be among them.

    Raises:
        NotRead: no number can be told from the text. ValueRefused: it is a device's, a box's or another carrier's;
            `value` is what a reason overrides.
    """
    came = cleaning.shown(text)
    value = cleaning.cell(text, field, _WANTED).strip(" ,;")
    label = _LABEL.match(value)
    if label is not None:
        value = cleaning.cell(value[label.end() :], field, _WANTED)
    if identifier.labelled(value):
        raise ValueRefused(field, came, f"the label of a device, not a {_WANTED}", _ADVICE)
    if identifier.is_url(value):
        raise NotRead(field, came, f"a web address, not a {_WANTED}", "Enter the number alone.")
    if cleaning.several(value) or _apart(value, others):
        raise NotRead(field, came, "more than one number", "Enter one number; each parcel has a shipment of its own.")
    number = _compact(cleaning.whole(cleaning.cell("".join(value.split()), field, _WANTED)), carrier)
    half = number[: len(number) // 2]
    if half * 2 == number and len(half) >= _FEWEST_APART and len(set(half)) > 1:
        raise NotRead(field, came, f"{half} twice", "Enter the number once.", meant=half)
    if not _NUMBER.fullmatch(number):
        raise NotRead(field, came, f"not a {_WANTED}: it has strange characters", _ADVICE)
    if not any(map(str.isdecimal, number)):
        raise NotRead(field, came, f"not a {_WANTED}: it has no digit", _ADVICE)
    if other := cleaning.other_value(value):
        raise NotRead(field, came, f"{other}, not a {_WANTED}", _ADVICE)
    if len(set(number)) == 1:
        raise NotRead(field, came, "a placeholder", f"Enter the {_WANTED}, or leave the field empty.")
    if len(number) > LONGEST:
        raise ValueRefused(field, came, f"too long: a {_WANTED} has at most {LONGEST} characters", _ADVICE)
    upper = number.upper()
    fits = carrier is not None and _any(carrier.patterns, upper)
    if fits or check_digits.is_s10(upper) or owner(upper, others):
        number = upper
    doubts = (
        *((f"{number} was found in '{came}'.",) if label is not None else ()),
        *_device_doubts(number, came, field, carrier, fits),
        *_box_doubts(number, came, field, carrier, fits),
    )
    if carrier is not None and (other := _of_another(upper, carrier, others)):
        advice = f"Choose the carrier {other}, or scan the label again."
        raise ValueRefused(
            field, came, f"a {_WANTED} of {other}, not of {carrier.name}", advice, value=TrackingNumber(number)
        )
    return TrackingNumber(number, (*doubts, *_doubts(number, carrier, fits)))


def owner(number: str, carriers: Collection[Carrier]) -> str:
    """Return the carrier that alone has such numbers, or "". An S10 number counts with its check digit only."""
    shown = number.upper()
    if check_digits.looks_s10(shown) and not check_digits.is_s10(shown):
        return ""
    return next((one.name for one in carriers if _any(one.unmistakable, shown)), "")


def _any(patterns: Iterable[re.Pattern[str]], number: str) -> bool:
    return any(pattern.fullmatch(number) for pattern in patterns)


def _compact(number: str, carrier: Carrier | None) -> str:
    """Return the number without printed hyphens and points where the carrier's shape has none."""
    bare = re.sub(r"[-.]", "", number)
    if bare != number and carrier is not None and not _any(carrier.patterns, number.upper()):
        return bare if _any(carrier.patterns, bare.upper()) else number
    return number


def _apart(value: str, others: Collection[Carrier]) -> bool:
    """Return whether blanks separate whole numbers: the groups in which a number is printed are shorter."""
    parts = value.upper().split()
    if len(parts) < 2 or any(len(part) < _FEWEST_APART for part in parts):
        return False
    return not owner("".join(parts), others) or all(owner(part, others) for part in parts)


def _of_another(number: str, carrier: Carrier, others: Collection[Carrier]) -> str:
    """Return the other carrier that alone has this shape; "" when the chosen one has it, too, or none has it.

    A shape that the chosen carrier lists in the same words is shared: DHL and DHL Express both have JJD….
    """
    other = owner(number, others)
    if other in ("", carrier.name) or _any(carrier.unmistakable, number):
        return ""
    own = {pattern.pattern for pattern in carrier.patterns}
    theirs = {p.pattern for one in others for p in one.unmistakable if one.name == other and p.fullmatch(number)}
    return "" if own & theirs else other


def _device_doubts(number: str, came: str, field: str, carrier: Carrier | None, fits: bool) -> tuple[str, ...]:
    """Return the doubts about a number that may be an IMEI. Raises ValueRefused for an IMEI, right or wrong.

    Fifteen digits are the number of a parcel only where the carrier has such numbers and they do not begin as IMEIs do.
    """
    bare = re.sub(r"[-/]", "", number)
    advice = f"{_ADVICE} Enter a device's number in the IMEI field."
    if len(bare) != identifier.IMEI_DIGITS or not digits(bare):
        found = identifier.imeis_in(number)
        if found and not fits:
            raise ValueRefused(field, came, f"a text with the IMEI {found[0]}", advice, value=TrackingNumber(number))
        if len(number) == 32 and digits(number) and number.startswith("89"):
            raise ValueRefused(field, came, "the number of an eSIM (EID)", advice, value=TrackingNumber(number))
        return ()
    is_imei, begins_so = check_digits.is_imei(bare), bare[:2] in check_digits.REPORTING_BODIES
    right = _check(number, carrier)
    if fits and right and bare[:2] not in check_digits.TODAYS_BODIES:
        return (f"{number} has the check digit of an IMEI, too.",) if is_imei and begins_so else ()
    if fits and right is None and not is_imei and not begins_so:
        return ()
    understood = "an IMEI" if is_imei else "an IMEI whose check digit is wrong"
    raise ValueRefused(field, came, f"{understood}, not a {_WANTED}", advice, value=TrackingNumber(number))


def _box_doubts(number: str, came: str, field: str, carrier: Carrier | None, fits: bool) -> tuple[str, ...]:
    """Return the doubts about a number that may be a box's barcode. Raises ValueRefused for one that is.

    One in ten numbers of parcels has the check digit of a box by chance: where the carrier's own check digit is right
    too, or not all of the carrier's numbers of twelve digits have one, it is a doubt.
    """
    box = check_digits.box_code(number)
    if not box:
        return ()
    right = _check(number, carrier)
    if fits and (right or (right is None and len(number) == 12)):
        return (f"{number} may be the {box} of a box.",)
    understood = f"the {box} of a box, not a {_WANTED}"
    raise ValueRefused(field, came, understood, _ADVICE, value=TrackingNumber(number))


def _check(number: str, carrier: Carrier | None) -> bool | None:
    """Return whether the carrier's check digit is right; None where not every number of this shape has one."""
    rule = check_digits.parcel_rule(carrier.name, number) if carrier is not None else None
    return rule.right(number) if rule is not None else None


def _doubts(number: str, carrier: Carrier | None, fits: bool) -> tuple[str, ...]:
    found: list[str] = []
    name = carrier.name if carrier is not None else ""
    rule = check_digits.parcel_rule(name, number)
    if carrier is not None and carrier.patterns and not fits:
        found.append(f"{number} does not look like a tracking number of {name}.")
    elif rule is not None and not rule.right(number):
        found.append(f"The check digit of {number} is wrong.")
    if (run := _LONG_RUN.search(number)) and len(run[0]) > 15 and not run[0][15:].strip("0"):
        found.append(f"{number} looks like a number that a spreadsheet cut to 15 digits.")
    return tuple(found)
