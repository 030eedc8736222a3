"""Reader of IMEIs and serial numbers of devices.

Back Market never forgets an identifier, so doubt stops: what a spreadsheet, a scanner or a label made of a number is
refused with its reason or returned with a doubt, and fifteen digits are an IMEI or nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bmtui.errors import NotRead, ValueRefused
from bmtui.values import check_digits, cleaning
from bmtui.values.check_digits import digits

IMEI_DIGITS = 15
_TAC_DIGITS = 8
LONGEST_SERIAL = 50
_MEANT_AS_IMEI = range(14, 18)
_STRAY = 2
"""Largest number of other characters among the digits of an IMEI that are taken as a slip."""
_WANTED = "IMEI or serial number"
_ADVICE = "Read it from the device (*#06#), or scan it again."
_FOR_EVER = "Back Market never forgets an identifier: check the device, or override with a reason."


class Kind(StrEnum):
    IMEI = "imei"
    SERIAL = "serial_number"

    @property
    def label(self) -> str:
        return "IMEI" if self is Kind.IMEI else "serial number"


@dataclass(frozen=True, slots=True)
class DeviceNumber:
    """Identifier of a device; `doubts` are sentences that a person confirms before it is used.

    `said`: the kind was named, by a prefix or by the column, and not guessed from the look of the number.
    """

    kind: Kind
    value: str
    doubts: tuple[str, ...] = ()
    said: bool = False

    def __str__(self) -> str:
        """Return the number with its kind in front, as `read` takes it."""
        return f"{'imei' if self.kind is Kind.IMEI else 'serial'}:{self.value}"

    @property
    def text(self) -> str:
        return f"{self.kind.label} {self.value}"


_PREFIX = re.compile(r"(imei|serial):(.*)", re.IGNORECASE | re.DOTALL)
_LABEL = re.compile(
    r"""(?:
    (?P<imei>imei(?:\s*/\s*(?:meid|sv))?\s*[12]?(?:\s*(?:no|nr|number|code)\.?)?)
    |(?P<serial>s/n|sn|ser(?:ial)?(?:\s*(?:no|nr|num(?:ber)?|n[o°º]))?\.?|seriennummer
        |(?:num[eé]ro|n[°º])\ de\ s[eé]rie)
    )(?:\s*[:=#.]+\s*|\s+)(?P<value>\S.*)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_LABEL_ALONE = re.compile(r"(?:imei|meid|eid|iccid|s/n|sn|serial)\s*[12]?\s*[:=#.]*", re.IGNORECASE)
_LABEL_INSIDE = re.compile(r"(?<![a-z0-9])(?:imei|meid|eid|iccid|s/n|sn|serial)\s*[12]?\s*[:=#]", re.IGNORECASE)
_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z](?=.)")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://|www\.|[\w-]+(?:\.[\w-]+)+/", re.IGNORECASE | re.ASCII)
_RUN = re.compile(r"(?<!\d)\d{15}(?!\d)", re.ASCII)
_GROUPED_RUN = re.compile(r"(?<!\d)\d{2}([ -])\d{6}\1\d{6}\1\d(?!\d)", re.ASCII)
_THOUSANDS = re.compile(r"\d{1,3}([.,'])\d{3}(?:\1\d{3})+", re.ASCII)
_MEID = re.compile(r"(?=[0-9A-F]*[A-F])[A-F][0-9A-F]{13,14}")
_MAC = re.compile(r"[0-9A-F]{2}(?:[:-][0-9A-F]{2}){5}", re.IGNORECASE)
_BARE_EXPONENT = re.compile(r"\d{1,4}E\d{1,2}", re.IGNORECASE)
_SERIAL = re.compile(r"[!-~]+")
_USUAL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/+-]*[A-Za-z0-9])?")


def is_url(text: str) -> bool:
    """Return whether a folded text is or contains a web address."""
    return bool(_URL.search(text))


def imeis_in(text: str) -> tuple[str, ...]:
    """Return the IMEIs with the right check digit in a folded text, each once."""
    runs = [*_RUN.findall(text), *(re.sub(r"\D", "", found[0]) for found in _GROUPED_RUN.finditer(text))]
    good = [run for run in runs if check_digits.is_imei(run) and not _dummy(run)]
    return tuple(dict.fromkeys(good))


def labelled(text: str) -> bool:
    """Return whether a folded text begins as the label of a device does: ``IMEI 35…``, ``S/N: …``."""
    return bool(_PREFIX.fullmatch(text) or _LABEL.fullmatch(text))


def read(text: str, *, kind: Kind | None = None, field: str = "identifier") -> DeviceNumber:
    """Read an IMEI or a serial number.

    14 to 17 digits are meant as an IMEI, all else as a serial number. ``imei:`` or ``serial:`` in front says it
    outright, as does `kind`, which a column or an option of that name gives.

    Raises:
        NotRead: no number can be told from the text. ValueRefused: it is one, and not what it should be; `value` is
            what a reason overrides.
    """
    came = cleaning.shown(text)
    value = cleaning.cell(text, field, kind.label if kind else _WANTED).strip(" ,;")
    value = _SYMBOLOGY.sub("", value, count=1)
    said = kind
    if match := _PREFIX.fullmatch(value):
        named = Kind.IMEI if match[1].lower() == "imei" else Kind.SERIAL
        if kind not in (None, named):
            raise _other_kind(field, came, named)
        said, value = named, cleaning.cell(match[2], field, named.label)
    label = _LABEL.fullmatch(value)
    doubts: tuple[str, ...] = ()
    if label is not None:
        named = Kind.IMEI if label["imei"] else Kind.SERIAL
        value = cleaning.cell(label["value"], field, named.label)
        if kind not in (None, named):
            raise _other_kind(field, came, named)
        said = said or named
        doubts = (f"{value} is taken out of '{came}'.",)
    found = imeis_in(value)
    if len(found) > 1:
        raise NotRead(field, came, f"two IMEIs in one: {' and '.join(found[:2])}", "Enter one of them.")
    compact = cleaning.whole(_without_grouping(cleaning.cell("".join(value.split()), field, _WANTED)))
    bare = re.sub(r"[-/]", "", compact)
    if found and bare != found[0] and (said is not Kind.SERIAL or is_url(value)):
        return DeviceNumber(Kind.IMEI, found[0], (f"IMEI {found[0]} is taken out of '{came}'.",), bool(said))
    if is_url(value):
        raise NotRead(field, came, "a web address without an IMEI in it", _ADVICE)
    if _LABEL_ALONE.fullmatch(value):
        raise NotRead(field, came, "a label without its number", f"Enter the {_WANTED}.")
    if cleaning.several(value) or _LABEL_INSIDE.search(value):
        raise NotRead(field, came, "more than one number", "Enter one number.")
    if not _SERIAL.fullmatch(compact):
        strange = next(char for char in compact if not "!" <= char <= "~")
        raise NotRead(field, came, f"not an identifier: it has the character {_named(strange)}", _ADVICE)
    if other := cleaning.other_value(value):
        raise NotRead(field, came, f"{other}, not an identifier", _ADVICE)
    if _dummy(bare):
        raise NotRead(field, came, "a placeholder", f"Enter the {_WANTED}, or leave the field empty.")
    if said is Kind.IMEI or _meant_as_imei(bare, said):
        return _imei(bare, came, field, said, doubts)
    return _serial(compact, came, field, said, doubts, found)


def _imei(bare: str, came: str, field: str, said: Kind | None, doubts: tuple[str, ...]) -> DeviceNumber:
    """Return the IMEI of these digits, which may have been given as a serial number. Raises ValueRefused."""
    as_imei = DeviceNumber(Kind.IMEI, bare, doubts, said is not None)
    as_serial = DeviceNumber(Kind.SERIAL, bare, doubts, said is not None)
    if check_digits.is_imei(bare):
        if said is Kind.SERIAL:
            raise ValueRefused(field, came, "an IMEI, not a serial number", "Enter it as the IMEI.", value=as_serial)
        return as_imei
    if not digits(bare):
        raise ValueRefused(field, came, "no IMEI: an IMEI has 15 digits and nothing else", _ADVICE)
    if len(bare) == IMEI_DIGITS:
        # Never a serial number, whoever says so: one digit of an IMEI was misread.
        value = None if said is Kind.SERIAL else as_imei
        raise ValueRefused(field, came, "an IMEI whose check digit is wrong", f"{_ADVICE} {_FOR_EVER}", value=value)
    if box := check_digits.box_code(bare):
        raise ValueRefused(field, came, f"the {box} of a box, not of a device", "Scan the IMEI of the device.")
    count = f"{len(bare)} digits; an IMEI has {IMEI_DIGITS}"
    if len(bare) == 14:
        kinds = "an IMEI without its check digit, or a MEID"
        if check_digits.is_gtin14(bare):
            kinds += ", or the GTIN of a carton"
        value = as_serial if said is Kind.SERIAL else as_imei
        raise ValueRefused(field, came, f"{kinds}: it has {count}", f"{_ADVICE} {_FOR_EVER}", value=value)
    named = "an IMEI with its software version (IMEISV)" if len(bare) == 16 else "no IMEI"
    value = as_serial if said is Kind.SERIAL else None
    raise ValueRefused(field, came, f"{named}: it has {count}", _ADVICE, value=value)


def _serial(
    value: str, came: str, field: str, said: Kind | None, doubts: tuple[str, ...], imeis: tuple[str, ...]
) -> DeviceNumber:
    as_serial = DeviceNumber(Kind.SERIAL, value, doubts, said is not None)
    if len(value) > LONGEST_SERIAL:
        understood = f"too long: a serial number has 1 to {LONGEST_SERIAL} characters, and this one has {len(value)}"
        raise ValueRefused(field, came, understood, _ADVICE)
    if digits(value) and _is_eid(value):
        raise ValueRefused(field, came, "the number of a SIM or eSIM", "Enter the IMEI beside it.", value=as_serial)
    if box := check_digits.box_code(value):
        advice = f"Scan the number of the device. {_FOR_EVER}"
        raise ValueRefused(field, came, f"the {box} of a box, not of a device", advice, value=as_serial)
    if _MEID.fullmatch(value.upper()):
        raise ValueRefused(field, came, "a MEID", f"Enter the IMEI instead. {_FOR_EVER}", value=as_serial)
    if parcel := check_digits.parcel_kind(value.upper()):
        advice = f"Scan the number of the device. {_FOR_EVER}"
        raise ValueRefused(field, came, f"a tracking number of {parcel}", advice, value=as_serial)
    if _MAC.fullmatch(value):
        advice = f"Scan the number of the device. {_FOR_EVER}"
        raise ValueRefused(field, came, "the address of a network card", advice, value=as_serial)
    count = sum(char.isdecimal() for char in value)
    if said is None and count >= IMEI_DIGITS - 1 and len(value) - count <= _STRAY:
        asked = f"A serial number is written serial:{value[:LONGEST_SERIAL]}"
        understood = f"taken as a serial number, but has {count} digits: is it an IMEI with something too much"
        raise ValueRefused(field, came, understood, f"{asked}. {_FOR_EVER}", value=as_serial)
    if digits(value) and len(value) == _TAC_DIGITS and value[:2] in check_digits.TODAYS_BODIES:
        doubts = (*doubts, f"{value} may be the begin of an IMEI, the same on all devices of a model.")
    if imeis:
        doubts = (*doubts, f"'{came}' is taken as a serial number, and holds the IMEI {imeis[0]}.")
    if not _USUAL.fullmatch(value) or not count:
        doubts = (*doubts, f"{value} is unusual for a serial number.")
    if _BARE_EXPONENT.fullmatch(value):
        doubts = (*doubts, f"'{came}' may be a number that a spreadsheet turned into an exponent.")
    return DeviceNumber(Kind.SERIAL, value, doubts, said is not None)


def _meant_as_imei(number: str, said: Kind | None) -> bool:
    """Return whether digits are an IMEI, maybe a mistyped one; a named serial number may have 14, 16 or 17 digits."""
    if not digits(number) or len(number) not in _MEANT_AS_IMEI:
        return False
    return said is None or len(number) == IMEI_DIGITS or number[:2] in check_digits.REPORTING_BODIES


def _other_kind(field: str, came: str, named: Kind) -> NotRead:
    wanted = Kind.SERIAL if named is Kind.IMEI else Kind.IMEI
    return NotRead(field, came, f"named as the {named.label}, not as the {wanted.label}", f"Enter the {wanted.label}.")


def _without_grouping(value: str) -> str:
    return re.sub(r"\D", "", value) if _THOUSANDS.fullmatch(value) else value


def _dummy(value: str) -> bool:
    """Return whether a number is a placeholder: the same character again and again."""
    return len(set(value)) == 1 and (len(value) >= 4 or value in "0xX?")


def _is_eid(number: str) -> bool:
    """Return whether digits are an ICCID (19 or 20) or an EID (32): numbers of SIM cards, beside the IMEI on a box."""
    return number.startswith("89") and len(number) in (19, 20, 32)


def _named(char: str) -> str:
    return f"'{char}'" if char.isprintable() else f"U+{ord(char):04X}"
