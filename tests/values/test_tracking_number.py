"""Tracking numbers: each kind of input.md, on the carriers that the desk knows."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st
from value_outcomes import outcome

from bmtui.errors import NotRead, ValueRefused
from bmtui.values import check_digits, identifier, tracking_number
from bmtui.values.tracking_number import TrackingNumber

IMEI, WRONG_IMEI = "356938035643809", "356938035643800"
UPS_NUMBER, DHL_NUMBER, S10_NUMBER = "1Z999AA10123456784", "JJD00030012345678", "RB123456785GB"


@dataclass(frozen=True)
class Known:
    name: str
    patterns: tuple[re.Pattern[str], ...]
    unmistakable: tuple[re.Pattern[str], ...]


def _carriers() -> dict[str, Known]:
    text = resources.files("bmtui.desk.shipping").joinpath("carriers.toml").read_text(encoding="utf-8")
    return {
        name: Known(name, *(tuple(map(re.compile, entry.get(key, ()))) for key in ("patterns", "unmistakable")))
        for name, entry in tomllib.loads(text)["carriers"].items()
    }


CARRIERS = _carriers()
ALL = tuple(CARRIERS.values())
HERMES = Known("Hermes", (re.compile(r"\d{14}"),), ())
EVERYTHING = Known("Everything", (re.compile(r"[!-~]+"),), ())
CHOSEN = st.sampled_from((None, EVERYTHING, Known("Pigeon Post", (), ()), *ALL))


def read(text: str, carrier: str = "") -> TrackingNumber:
    return tracking_number.read(text, CARRIERS[carrier] if carrier else None, ALL)


@pytest.mark.parametrize("carrier", ["", "UPS", "PostNord", "CTT"])
@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("6.12346E+11", "turned into an exponent"),
        ("6,12E+11", "turned into an exponent"),
        ("3.51E+14", "turned into an exponent"),
        ("12345678901234567890.0", "cut to 15 digits"),
        ("#N/A", "an error value"),
        ("N/A", "a placeholder"),
        ("N / A", "a placeholder"),
        ("-", "a placeholder"),
        ("0", "a placeholder"),
        ("000000000000", "a placeholder"),
        ("none", "a placeholder"),
        ("", "empty"),
        ("=B2", "a formula"),
        ("&é\"'(-è_çà&é", "AZERTY: it means 123456789012"),
        ("https://www.ups.com/track?tracknum=1Z999AA10123456784", "a web address"),
        ("www.dhl.com/JJD00030012345678", "a web address"),
        (f"{UPS_NUMBER}, 1Z5R89390357567127", "more than one number"),
        (f"{UPS_NUMBER}\n{UPS_NUMBER}", "more than one number"),
        (f"{UPS_NUMBER} 1Z5R89390357567127", "more than one number"),
        ("1234567890 9876543210", "more than one number"),
        (UPS_NUMBER * 2, f"{UPS_NUMBER} twice"),
        ("1Zé999", "strange characters"),
        ("2026-11-23", "a date"),
        ("49.90", "an amount"),
        ("TRUE", "a placeholder"),
    ],
)
def test_text_that_is_no_tracking_number_is_not_read_for_any_carrier(text: str, understood: str, carrier: str) -> None:
    with pytest.raises(NotRead) as caught:
        read(text, carrier)
    assert understood in caught.value.understood
    assert caught.value.field == "tracking"
    assert caught.value.advice


@pytest.mark.parametrize("carrier", ["", *CARRIERS])
@pytest.mark.parametrize(
    ("text", "understood"),
    [
        (IMEI, "an IMEI, not a tracking number"),
        ("35-693803-564380-9", "an IMEI, not a tracking number"),
        ("35 693803 564380 9", "an IMEI, not a tracking number"),
        ("٣٥٦٩٣٨٠٣٥٦٤٣٨٠٩", "an IMEI, not a tracking number"),
        (WRONG_IMEI, "an IMEI whose check digit is wrong"),
        (f"{IMEI[:4]}7{IMEI[5:]}", "an IMEI whose check digit is wrong"),
        (f"IMEI1:{IMEI}", "the label of a device"),
        ("S/N: C02XK1ABCDEF", "the label of a device"),
        ("imei:", "the label of a device"),
        ("4006381333931", "the EAN of a box"),
        ("8806090299674", "the EAN of a box"),
        ("96385074", "the EAN of a box"),
        ("89049032000001000000012345678906", "an eSIM"),
    ],
)
def test_a_device_or_a_box_is_no_tracking_number_under_any_carrier(text: str, understood: str, carrier: str) -> None:
    with pytest.raises(ValueRefused, match=re.escape(understood)):
        read(text, carrier)


def test_text_with_an_imei_in_it_is_a_tracking_number_only_of_a_carrier_with_such_numbers() -> None:
    for carrier in (None, CARRIERS["UPS"]):
        with pytest.raises(ValueRefused, match=f"a text with the IMEI {IMEI}") as caught:
            tracking_number.read(f"REF{IMEI}", carrier, ALL)
        assert caught.value.value == TrackingNumber(f"REF{IMEI}")
    assert tracking_number.read(f"REF{IMEI}", EVERYTHING, ALL) == TrackingNumber(f"REF{IMEI}")


@pytest.mark.parametrize("carrier", [name for name in CARRIERS if name not in ("DHL", "DHL Express")])
def test_dhl_number_is_refused_for_other_carriers(carrier: str) -> None:
    with pytest.raises(ValueRefused, match=f"a tracking number of DHL, not of {carrier}") as caught:
        read(DHL_NUMBER, carrier)
    assert caught.value.value == TrackingNumber(DHL_NUMBER)


@pytest.mark.parametrize(
    ("text", "carrier", "other"),
    [
        (UPS_NUMBER, "CTT", "UPS"),
        ("1z 999aa1 0123456784", "Royal Mail", "UPS"),
        (S10_NUMBER, "Chronopost", "Royal Mail"),
        (S10_NUMBER, "Colissimo", "Royal Mail"),
        (S10_NUMBER, "Correos", "Royal Mail"),
        ("RB123456785SE", "Chronopost", "PostNord"),
        ("6A12345678901", "CTT", "Colissimo"),
        ("9400111201080805483016", "CTT", "USPS"),
        # DHL Express has one of DHL's shapes, and this is another.
        ("JVGL123456789012", "DHL Express", "DHL"),
    ],
)
def test_tracking_number_is_matched_with_exact_carriers_before_broad_patterns(
    text: str, carrier: str, other: str
) -> None:
    with pytest.raises(ValueRefused, match=f"a tracking number of {other}, not of {carrier}"):
        read(text, carrier)


@pytest.mark.parametrize(
    ("text", "carrier", "value"),
    [
        ("1z 999aa1 0123456784", "UPS", UPS_NUMBER),
        (f"{UPS_NUMBER}\r\n", "UPS", UPS_NUMBER),
        (f"{UPS_NUMBER};", "UPS", UPS_NUMBER),
        ("9261292700768711948021", "FedEx", "9261292700768711948021"),
        (f'="{UPS_NUMBER}"', "UPS", UPS_NUMBER),
        ("1Z999\u200bAA101\u00ad23456784", "UPS", UPS_NUMBER),
        ("１Ｚ９９９ＡＡ１０１２３４５６７８４", "UPS", UPS_NUMBER),
        (DHL_NUMBER, "DHL", DHL_NUMBER),
        (DHL_NUMBER, "DHL Express", DHL_NUMBER),
        ("00 340433836442636597", "DHL", "00340433836442636597"),
        ("201298452277", "DHL", "201298452277"),
        ("3318810025", "DHL Express", "3318810025"),
        ("986578788855", "FedEx", "986578788855"),
        ("5682 8361 0012 734", "FedEx", "568283610012734"),
        ("9400 1112 0108 0805 4830 16", "USPS", "9400111201080805483016"),
        ("0101 5026 0036 53C", "DPD", "01015026003653C"),
        ("6A 12345678901", "Colissimo", "6A12345678901"),
        ("xy123456785fr", "Chronopost", "XY123456785FR"),
        (S10_NUMBER, "Royal Mail", S10_NUMBER),
        ("RB123456785SE", "PostNord", "RB123456785SE"),
        ("4444-1375-8703", "Yamato", "444413758703"),
        ("3SBCC000123456", "PostNL", "3SBCC000123456"),
        ("170010123456789", "BRT", "170010123456789"),
        ("09133131530724", "", "09133131530724"),
        ("anything-1", "", "anything-1"),
    ],
)
def test_a_tracking_number_is_read_however_it_is_written(text: str, carrier: str, value: str) -> None:
    assert read(text, carrier) == TrackingNumber(value)


@pytest.mark.parametrize(
    ("text", "carrier", "doubt"),
    [
        ("12345", "UPS", "does not look like a tracking number of UPS"),
        ("1Z999AA10123456785", "UPS", "check digit of 1Z999AA10123456785 is wrong"),
        ("RB123456786GB", "Royal Mail", "check digit of RB123456786GB is wrong"),
        ("986578788856", "FedEx", "check digit of 986578788856 is wrong"),
        ("190198457325", "BRT", "may be the UPC of a box"),
        ("12345678901234500000", "BRT", "spreadsheet cut to 15 digits"),
        (f"Tracking no.: {UPS_NUMBER}", "UPS", f"{UPS_NUMBER} was found in"),
        ("RB123456786GB", "CTT", "check digit of RB123456786GB is wrong"),
    ],
)
def test_tracking_number_of_unusual_form_for_its_carrier_is_in_doubt(text: str, carrier: str, doubt: str) -> None:
    (found,) = [one for one in read(text, carrier).doubts if doubt in one]
    assert found.endswith(".")


@given(st.text("0123456789", min_size=14, max_size=14), CHOSEN)
def test_no_imei_is_a_tracking_number(body: str, carrier: Known | None) -> None:
    number = next(f"35{body[2:]}{digit}" for digit in "0123456789" if check_digits.is_luhn(f"35{body[2:]}{digit}"))
    found, refusal = outcome(tracking_number.read, number, carrier, ALL)
    assert found is None
    assert refusal is not None
    assert identifier.read(number).value == number


@given(st.text("0123456789", min_size=7, max_size=7))
def test_ups_number_is_in_doubt_unless_its_check_digit_is_right(serial: str) -> None:
    clean = [read(f"1Z999AA101{serial}{digit}", "UPS").doubts for digit in "0123456789"]
    assert clean.count(()) == 1


@given(
    st.one_of(
        st.text(max_size=40),
        st.text("0123456789 -.,/Z1JDAEé&(\u200b\uff11٣\ud800\n\x1d", max_size=30),
        *(st.from_regex(pattern, fullmatch=True) for one in ALL for pattern in one.patterns),
    ),
    CHOSEN,
)
def test_any_text_is_refused_or_read_to_a_value_that_prints_back(text: str, carrier: Known | None) -> None:
    found, refusal = outcome(tracking_number.read, text, carrier, ALL)
    if refusal is not None:
        return
    assert re.fullmatch(r"[!-~]{1,200}", found.value)
    assert all(doubt.isprintable() for doubt in found.doubts)
    assert tracking_number.read(str(found), carrier, ALL) == found
