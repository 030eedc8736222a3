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


@pytest.mark.parametrize(
    ("text", "carrier", "value"),
    [
        # Printed hyphens and points go where the carrier's shape has none, and only there.
        ("12-34", EVERYTHING, "12-34"),
        ("12-34.5", CARRIERS["UPS"], "12-34.5"),
        ("1234567890-12.34", HERMES, "12345678901234"),
        ("1234567890-12.34", None, "1234567890-12.34"),
        # What a shape says in capitals is sent in capitals.
        ("rb123456785gb", None, S10_NUMBER),
        ("1z999aa10123456784", None, UPS_NUMBER),
        ("ab12", None, "ab12"),
        ("ab12", EVERYTHING, "AB12"),
        # Groups shorter than a number of its own, and a half that is no number.
        ("1234567 7654321", None, "12345677654321"),
        ("12345671234567", None, "12345671234567"),
        ("x" * 199 + "1", None, "x" * 199 + "1"),
    ],
)
def test_tracking_number_keeps_or_loses_what_its_carrier_has_not(text: str, carrier: Known | None, value: str) -> None:
    assert tracking_number.read(text, carrier, ALL).value == value


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("12345678 87654321", "more than one number"),
        ("1212121212121212", "12121212 twice"),
        ("1111111111111111", "a placeholder"),
        ("x" * 200 + "1", "at most 200 characters"),
        ("only-letters", "it has no digit"),
    ],
)
def test_tracking_number_at_its_limits_is_refused(text: str, understood: str) -> None:
    with pytest.raises((NotRead, ValueRefused), match=understood):
        tracking_number.read(text, None, ALL)


def fifteen(begin: str, *, imei: bool, fedex: bool) -> str:
    """Return fifteen digits that have the check digit of an IMEI, of FedEx, of both, or of none."""
    rule = check_digits.parcel_rule("fedex", "0" * 15)
    assert rule is not None
    found = (f"{begin}{number:013}" for number in range(7, 9_999))
    return next(one for one in found if check_digits.is_luhn(one) is imei and rule.right(one) is fedex)


FIFTEEN = Known("Fifteen", (re.compile(r"\d{15}"),), ())


@pytest.mark.parametrize(
    ("begin", "imei", "fedex", "outcome_"),
    [
        ("12", True, True, ()),
        ("12", False, True, ()),
        ("49", True, True, "has the check digit of an IMEI, too"),
        ("49", False, True, ()),
        ("35", True, True, "an IMEI, not"),
        ("35", False, True, "an IMEI whose check digit is wrong"),
        ("12", True, False, "an IMEI, not"),
        ("12", False, False, "an IMEI whose check digit is wrong"),
        ("49", True, False, "an IMEI, not"),
    ],
)
def test_fifteen_digits_are_a_parcel_of_a_carrier_whose_check_digit_they_have(
    begin: str, imei: bool, fedex: bool, outcome_: str | tuple[()]
) -> None:
    number = fifteen(begin, imei=imei, fedex=fedex)
    found, refusal = outcome(tracking_number.read, number, CARRIERS["FedEx"], ALL)
    if refusal is not None:
        assert outcome_
        assert outcome_ in refusal.understood
    else:
        assert "".join(found.doubts).count("IMEI") == bool(outcome_)
    # Another carrier has no such numbers.
    assert outcome(tracking_number.read, number, CARRIERS["UPS"], ALL)[1] is not None


@pytest.mark.parametrize(("begin", "imei", "read_"), [("12", False, True), ("12", True, False), ("49", False, False)])
def test_fifteen_digits_of_a_carrier_without_check_digits_are_read_unless_they_look_like_an_imei(
    begin: str, imei: bool, read_: bool
) -> None:
    number = fifteen(begin, imei=imei, fedex=False)
    found, refusal = outcome(tracking_number.read, number, FIFTEEN, ())
    assert (found == TrackingNumber(number)) is read_
    assert (refusal is None) is read_


@pytest.mark.parametrize(
    ("number", "doubted"),
    [
        ("1234567890123450", True),
        ("12345678901234500000", True),
        ("A1234567890123450", True),
        ("1234567890123455", False),
        ("12345678901234505", False),
        ("123456789012340", False),
    ],
)
def test_more_than_fifteen_digits_that_end_in_zeros_may_have_been_cut(number: str, doubted: bool) -> None:
    found = tracking_number.read(number, EVERYTHING if len(number) == 15 else None)
    assert ("spreadsheet cut to 15 digits" in "".join(found.doubts)) is doubted


def test_number_of_a_carrier_whose_numbers_nobody_knows_is_in_no_doubt() -> None:
    pigeon = Known("Pigeon Post", (), ())
    assert tracking_number.read("12345", pigeon, ALL).doubts == ()
    assert tracking_number.read("1Z999AA10123456785", None, ()).doubts == (
        "The check digit of 1Z999AA10123456785 is wrong.",
    )
    for number in ("89" + "1" * 29, "88" + "1" * 30, "89" + "x1" * 15):
        assert tracking_number.read(number, pigeon, ALL).value == number


@pytest.mark.parametrize(("carrier", "read_"), [(HERMES, False), (CARRIERS["BRT"], True), (CARRIERS["FedEx"], False)])
def test_barcode_of_a_box_is_a_doubt_where_the_carrier_has_such_numbers(carrier: Known, read_: bool) -> None:
    found, refusal = outcome(tracking_number.read, "190198457325", carrier, ALL)
    assert (refusal is None) is read_
    assert refusal is not None or "may be the UPC of a box" in "".join(found.doubts)


def test_barcode_of_a_box_is_a_doubt_where_the_carrier_has_its_check_digit_too() -> None:
    both = next(
        number
        for number in (f"{prefix:012}" for prefix in range(10**10, 10**10 + 10_000))
        if check_digits.box_code(number) and (rule := check_digits.parcel_rule("fedex", number)) and rule.right(number)
    )
    assert tracking_number.read(both, CARRIERS["FedEx"], ALL).doubts == (f"{both} may be the UPC of a box.",)
    thirteen = Known("Thirteen", (re.compile(r"\d{13}"),), ())
    with pytest.raises(ValueRefused, match="the EAN of a box"):
        tracking_number.read("4006381333931", thirteen, ALL)


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
