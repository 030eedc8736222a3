"""Check digits: against numbers that were printed, against another implementation, and at the edges of each shape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean
from stdnum.iso7064 import mod_37_36

from bmtui.values import check_digits


def with_digit(body: str) -> str:
    return body + str(ean.calc_check_digit(body))


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("RR473124829GB", True),
        ("RR473124820GB", False),
        # A rest of 11 is the digit 5, and one of 10 the digit 0.
        ("RR000000005GB", True),
        ("RR000000000GB", False),
        ("RR000001010GB", True),
        ("RR000001011GB", False),
        ("rr473124829gb", False),
        ("RR47312482９GB", False),
        ("RR473124829G", False),
    ],
)
def test_postal_item_has_its_check_digit(number: str, right: bool) -> None:
    assert check_digits.is_s10(number) is right
    assert check_digits.parcel_kind(number) == ("the post" if right else "")


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("1Z999AA10123456784", True),
        ("1Z5R89390357567127", True),
        ("1Z5R89390357567128", False),
        ("1Z5S89390357567127", False),
        ("1Z12345E6605272234", True),
    ],
)
def test_ups_number_has_its_check_digit(number: str, right: bool) -> None:
    assert check_digits.is_ups(number) is right
    assert check_digits.parcel_kind(number) == "UPS"


def right(carrier: str, number: str) -> bool | None:
    rule = check_digits.parcel_rule(carrier, number)
    return rule.right(number) if rule is not None else None


@given(st.text("0123456789", min_size=17, max_size=17), st.sampled_from("0123456789"))
def test_serial_shipping_code_has_the_digit_of_gs1(body: str, digit: str) -> None:
    number = f"00{body}{digit}"
    assert right("", number) is (digit == ean.calc_check_digit(f"00{body}"))
    assert right("fedex", f"{body[:14]}{digit}") is (digit == ean.calc_check_digit(body[:14]))


@given(st.text("0123456789", min_size=14, max_size=14), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_dpd_number_has_the_character_of_iso_7064(body: str, end: str) -> None:
    assert right(" DPD ", body + end) is bool(mod_37_36.is_valid(body + end))
    assert right("dpd", body + mod_37_36.calc_check_digit(body)) is True


@pytest.mark.parametrize(
    ("carrier", "number", "is_right"),
    [
        ("FedEx", "986578788855", True),
        ("FedEx", "986578788856", False),
        # A rest of 10 is the digit 0.
        ("FedEx", "000000001030", True),
        ("FedEx", "000000001031", False),
        ("DHL Express", "3318810025", True),
        ("DHL Express", "3318810024", False),
        ("DHL Express", "0000000081", True),
        ("Yamato", "444413758703", True),
        ("Sagawa", "444413758704", False),
        ("USPS", "9400111201080805483016", True),
        ("USPS", "9400111201080805483017", False),
        ("Colissimo", "444413758703", None),
        ("", "986578788855", None),
        ("Colissimo", "1Z999AA10123456785", False),
    ],
)
def test_parcel_has_the_check_digit_of_its_carrier(carrier: str, number: str, is_right: bool | None) -> None:
    assert right(carrier, number) is is_right


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        *((with_digit(f"{first}00638133393"), "" if first == "2" else "EAN") for first in "0123456789"),
        *((with_digit(f"{first}9019845732"), "UPC" if first in "016789" else "") for first in "0123456789"),
        ("4006381333932", ""),
        ("96385074", "EAN"),
        ("96385075", ""),
        (with_digit("1061414100041"), ""),
        (with_digit("963850"), ""),
        ("0" * 13, ""),
        ("0" * 12, ""),
        ("0" * 8, ""),
        # No digits of a barcode, whatever they mean.
        ("190198-457325", ""),
        ("４００６３８１３３３９３１", ""),
        ("", ""),
    ],
)
def test_barcode_of_a_box_is_known_by_its_length_its_first_and_its_check_digit(number: str, kind: str) -> None:
    assert check_digits.box_code(number) == kind


def test_carton_and_device_have_their_own_lengths() -> None:
    assert [check_digits.is_gtin14(number) for number in ("10614141000415", "10614141000416", "4006381333931")] == [
        True,
        False,
        False,
    ]
    good = "356938035643809"
    wrong = ("356938035643808", good[:-1], "3569380356438090", "", "３５６９３８０３５６４３８０９")
    assert [check_digits.is_imei(number) for number in (good, *wrong)] == [True, *[False] * len(wrong)]
    # Sixteen digits with the right last one are no IMEI either.
    longer = next(f"{good}{digit}" for digit in "0123456789" if check_digits.is_luhn(f"{good}{digit}"))
    assert not check_digits.is_imei(longer)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("JJD" + "0" * 14, "DHL"),
        ("JJD" + "0" * 20, "DHL"),
        ("JJD" + "0" * 13, ""),
        ("JJD" + "0" * 21, ""),
        ("1Z" + "0" * 16, "UPS"),
        ("1Z" + "0" * 15, ""),
    ],
)
def test_parcel_is_known_by_its_shape(number: str, kind: str) -> None:
    assert check_digits.parcel_kind(number) == kind
