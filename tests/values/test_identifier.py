"""Identifiers of devices: each kind of input.md, and rules that no text may break."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from value_outcomes import outcome

from bmtui.errors import ConfigError, NotRead, RuleRefused, ValueRefused
from bmtui.values import check_digits, identifier
from bmtui.values.identifier import DeviceNumber, Kind

GOOD, OTHER, WRONG = "356938035643809", "490154203237518", "356938035643800"
HOSTILE = st.one_of(
    st.text(max_size=60),
    st.text("0123456789-/ .,'\"=#E+:;IMEISN\u200b\u00ad\uff11٣&é(è_ç\ud800\n\t\x1d", max_size=40),
    st.from_regex(r"(IMEI1?|S/N|serial|imei)?[: ]{0,2}[0-9A-F]{8,20}[a-zA-Z]?", fullmatch=True),
)


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("3.51E+14", "turned into an exponent"),
        ("3,51E+14", "turned into an exponent"),
        ("6,12E+11", "turned into an exponent"),
        ("3.56938035643809E14", "turned into an exponent"),
        ("4E+14", "turned into an exponent"),
        ('="3.51E+14"', "turned into an exponent"),
        ("#N/A", "an error value of a spreadsheet"),
        ("#REF!", "an error value of a spreadsheet"),
        ("#DIV/0!", "an error value of a spreadsheet"),
        ("########", "an error value of a spreadsheet"),
        ("=A1", "a formula of a spreadsheet"),
        ("N/A", "a placeholder"),
        ("-", "a placeholder"),
        (", ;", "a placeholder"),
        ("N / A", "a placeholder"),
        ("3.51 E + 14", "turned into an exponent"),
        ("—", "a placeholder"),
        ("0", "a placeholder"),
        ("000000000000000", "a placeholder"),
        ("111111111111111", "a placeholder"),
        ("null", "a placeholder"),
        ("None", "a placeholder"),
        ("NaN", "a placeholder"),
        ("imei:000000000000000", "a placeholder"),
        ("", "empty"),
        ("\u200b \r\n", "empty"),
        ('=""', "empty"),
        ("imei:", "empty"),
        ('"(&é-çè"\'', "keyboard set to AZERTY: it means 351269734"),
        ("é\"'(-è_çà&", "keyboard set to AZERTY: it means 2345678901"),
        ("#%^(#*)#%^$#*)(", "QWERTY with Shift held: it means 356938035643809"),
        ("https://shop.example/device?id=C02XK1", "a web address without an IMEI"),
        (f"{GOOD} / {OTHER}", f"two IMEIs in one: {GOOD} and {OTHER}"),
        ("C02XK1ABCDEF;C02XK1ABCDEG", "more than one number"),
        ("C02XK1ABCDEF\nC02XK1ABCDEG", "more than one number"),
        ("01\x1d21ABCDEFGH", "more than one number"),
        ("EID: 89049032000001 ICCID: 8933150319030045678", "more than one number"),
        ("C02XK1ABCDEF MEID: A10000123456AB", "more than one number"),
        ("MEID:", "a label without its number"),
        ("S/N", "a label without its number"),
        ("TRUE", "a placeholder"),
        ("2026-11-23", "a date"),
        ("23.11.2026", "a date"),
        ("49.90", "an amount"),
        ("C02XK1ÄBCDEF", "it has the character 'Ä'"),
        ("35693803564380²", "it has the character '²'"),
        ("C02\x00XK1ABC", "it has the character U+0000"),
    ],
)
def test_text_that_is_no_identifier_is_not_read(text: str, understood: str) -> None:
    for kind in (None, *Kind):
        if text.startswith("imei:") and kind is Kind.SERIAL:
            continue  # Another refusal comes first.
        with pytest.raises(NotRead) as caught:
            identifier.read(text, kind=kind, field="imei")
        assert understood in caught.value.understood
        assert caught.value.field == "imei"
        assert caught.value.advice
        assert isinstance(caught.value, ConfigError)


@pytest.mark.parametrize(
    ("text", "understood", "override"),
    [
        (WRONG, "an IMEI whose check digit is wrong", "imei"),
        (f"imei:{WRONG}", "an IMEI whose check digit is wrong", "imei"),
        (f"IMEI 1: {WRONG}", "an IMEI whose check digit is wrong", "imei"),
        (f"serial:{WRONG}", "an IMEI whose check digit is wrong", ""),
        (f"S/N: {WRONG}", "an IMEI whose check digit is wrong", ""),
        (f"serial:{GOOD}", "an IMEI, not a serial number", "serial_number"),
        (GOOD[:-1], "an IMEI without its check digit, or a MEID: it has 14 digits", "imei"),
        (f"{GOOD}1", "IMEISV", ""),
        ("10614141000415", "or a MEID, or the GTIN of a carton: it has 14 digits", "imei"),
        (f"{GOOD}12", "no IMEI: it has 17 digits", ""),
        ("imei:12", "no IMEI: it has 2 digits", ""),
        ("imei:C02XK1ABCDEF", "not an IMEI: an IMEI has 15 digits", ""),
        ("A10000123456AB", "a MEID", "serial_number"),
        ("4006381333931", "the EAN of a box", "serial_number"),
        ("imei:4006381333931", "the EAN of a box", ""),
        ("190198457325", "the UPC of a box", "serial_number"),
        ("96385074", "the EAN of a box", "serial_number"),
        ("89049032000001000000012345678906", "the number of a SIM or eSIM", "serial_number"),
        ("8933150319030045678", "the number of a SIM or eSIM", "serial_number"),
        ("1Z999AA10123456784", "a tracking number of UPS", "serial_number"),
        ("jjd00030012345678", "a tracking number of DHL", "serial_number"),
        ("RB123456785GB", "a tracking number of the post", "serial_number"),
        ("A4:83:E7:01:02:03", "the address of a network card", "serial_number"),
        ("XY1" * 17, "1 to 50 characters", ""),
        (f"serial:{GOOD[:-1]}", "an IMEI without its check digit, or a MEID: it has 14 digits", "serial_number"),
        (f"serial:{GOOD}1", "IMEISV", "serial_number"),
        ("AB35693803564380", "has 14 digits: is it an IMEI with an extra character", "serial_number"),
        (GOOD + GOOD, "has 30 digits: is it an IMEI with an extra character", "serial_number"),
    ],
)
def test_number_of_another_kind_than_a_device_is_refused_by_its_name(text: str, understood: str, override: str) -> None:
    with pytest.raises(ValueRefused) as caught:
        identifier.read(text)
    error = caught.value
    assert understood in error.understood
    assert understood in error.message
    assert isinstance(error, RuleRefused)
    assert (error.value.kind if isinstance(error.value, DeviceNumber) else "") == override


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        (GOOD, Kind.IMEI, GOOD),
        ("35-693803-564380-9", Kind.IMEI, GOOD),
        ("35 693803 564380 9", Kind.IMEI, GOOD),
        (f"{GOOD}\r\n", Kind.IMEI, GOOD),
        (f"{GOOD};", Kind.IMEI, GOOD),
        (f"\x02{GOOD}\x03\t", Kind.IMEI, GOOD),
        (f'="{GOOD}"', Kind.IMEI, GOOD),
        (f"={GOOD}", Kind.IMEI, GOOD),
        (f"'{GOOD}", Kind.IMEI, GOOD),
        (f"{GOOD}.0", Kind.IMEI, GOOD),
        ("356,938,035,643,809", Kind.IMEI, GOOD),
        ("３５６９３８０３５６４３８０９", Kind.IMEI, GOOD),
        ("٣٥٦٩٣٨٠٣٥٦٤٣٨٠٩", Kind.IMEI, GOOD),
        ("3569\u200b3803\u00ad5643809\ufeff", Kind.IMEI, GOOD),
        ("35‑693803‑564380‑9", Kind.IMEI, GOOD),
        (f"]C0{GOOD}", Kind.IMEI, GOOD),
        (f"imei:{GOOD}", Kind.IMEI, GOOD),
        ("C02XK1ABCDEF", Kind.SERIAL, "C02XK1ABCDEF"),
        ("c02xk1 abcdef", Kind.SERIAL, "c02xk1abcdef"),
        ("3569380356438", Kind.SERIAL, "3569380356438"),
        ("SN-2", Kind.SERIAL, "SN-2"),
        ("SERIAL-9", Kind.SERIAL, "SERIAL-9"),
        ("serial:12345678901234567", Kind.SERIAL, "12345678901234567"),
        ("F2LW48XPHG7K", Kind.SERIAL, "F2LW48XPHG7K"),
        ("XAW10012345678", Kind.SERIAL, "XAW10012345678"),
        ("R58M123ABCD/X", Kind.SERIAL, "R58M123ABCD/X"),
    ],
)
def test_an_identifier_is_read_however_it_is_written(text: str, kind: Kind, value: str) -> None:
    found = identifier.read(text)
    assert (found.kind, found.value, found.doubts) == (kind, value, ())


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        (f"IMEI {GOOD}", Kind.IMEI, GOOD),
        (f"IMEI1:{GOOD}", Kind.IMEI, GOOD),
        (f"IMEI/MEID: {GOOD}", Kind.IMEI, GOOD),
        ("IMEI No. 35-693803-564380-9", Kind.IMEI, GOOD),
        (f"https://qr.example/d?imei={GOOD}&m=A2633", Kind.IMEI, GOOD),
        (f"Model A2633 IMEI {GOOD} 128GB", Kind.IMEI, GOOD),
        (f"{GOOD}Y", Kind.IMEI, GOOD),
        (f"{GOOD}\n{GOOD}", Kind.IMEI, GOOD),
        ("S/N: C02XK1ABCDEF", Kind.SERIAL, "C02XK1ABCDEF"),
        ("SN C02XK1ABCDEF", Kind.SERIAL, "C02XK1ABCDEF"),
        ("Serial No. C02XK1ABCDEF", Kind.SERIAL, "C02XK1ABCDEF"),
        (f"serial:{GOOD}Y", Kind.SERIAL, f"{GOOD}Y"),
        ("3E14", Kind.SERIAL, "3E14"),
        ("(21)C02XK1ABCDEF", Kind.SERIAL, "(21)C02XK1ABCDEF"),
        ("BM-CANCEL", Kind.SERIAL, "BM-CANCEL"),
    ],
)
def test_identifier_taken_out_of_a_label_is_in_doubt(text: str, kind: Kind, value: str) -> None:
    found = identifier.read(text)
    assert (found.kind, found.value) == (kind, value)
    assert len(found.doubts) == 1
    assert all(doubt.endswith(".") for doubt in found.doubts)


def test_kind_that_was_named_stays_named_also_for_an_override() -> None:
    assert [identifier.read(text).said for text in (GOOD, f"imei:{GOOD}", f"IMEI {GOOD}")] == [False, True, True]
    for text in (f"serial:{GOOD}", f"imei:{WRONG}"):
        with pytest.raises(ValueRefused) as caught:
            identifier.read(text)
        assert isinstance(caught.value.value, DeviceNumber)
        assert caught.value.value.said


def test_fourteen_digits_among_three_letters_are_a_serial_number() -> None:
    assert identifier.read("ABC35693803564380") == DeviceNumber(Kind.SERIAL, "ABC35693803564380")


def test_an_identifier_is_named_to_people_with_its_kind() -> None:
    assert [identifier.read(text).text for text in (GOOD, "sn C02XK1")] == [f"IMEI {GOOD}", "serial number C02XK1"]


def test_the_first_eight_digits_of_an_imei_are_in_doubt_as_a_serial_number() -> None:
    """Doubt the first eight digits: they are the same on all devices of a model, and a scan may have stopped early."""
    for number in (GOOD[:8], "86012345"):
        found = identifier.read(number)
        assert (found.kind, found.value) == (Kind.SERIAL, number)
        assert found.doubts == (f"{number} may be the beginning of an IMEI, the same on all devices of a model.",)
    # Digits that begin no IMEI of today, and other lengths, are serial numbers as any.
    for number in ("12345678", GOOD[:7], GOOD[:9]):
        assert identifier.read(number).doubts == (), number


def test_barcode_typed_on_an_azerty_keyboard_is_refused_with_the_intended_one() -> None:
    typed = GOOD.translate(str.maketrans("1234567890", "&é\"'(-è_çà"))
    with pytest.raises(NotRead) as caught:
        identifier.read(typed)
    assert identifier.read(caught.value.meant) == identifier.read(GOOD)


def test_label_that_contradicts_the_kind_of_its_column_is_refused() -> None:
    assert identifier.read("12345678901234567", kind=Kind.SERIAL).said
    for text in ("S/N: C02XK1ABCDEF", "serial:C02XK1ABCDEF"):
        with pytest.raises(NotRead):
            identifier.read(text, kind=Kind.IMEI)


@given(st.text("0123456789", min_size=14, max_size=14))
def test_fifteen_digits_without_the_right_check_digit_are_not_read(body: str) -> None:
    for digit in "0123456789":
        number = body + digit
        for kind in (None, *Kind):
            found, refusal = outcome(identifier.read, number, kind=kind)
            value = found or getattr(refusal, "value", None)
            assert not isinstance(value, DeviceNumber) or value.kind is Kind.IMEI or check_digits.is_luhn(number)
            assert found is None or check_digits.is_luhn(number)


@given(HOSTILE, st.sampled_from((None, *Kind)))
def test_any_text_is_refused_or_read_to_a_value_that_prints_back(text: str, kind: Kind | None) -> None:
    found, refusal = outcome(identifier.read, text, kind=kind)
    if refusal is not None:
        return
    assert found.value.isascii()
    assert 1 <= len(found.value) <= 50
    assert found.kind is Kind.SERIAL or check_digits.is_imei(found.value)
    again = identifier.read(str(found))
    assert (again.kind, again.value) == (found.kind, found.value)


@given(HOSTILE.filter(lambda text: "E" in text.upper()), st.integers(1, 9), st.integers(3, 30), st.sampled_from(".,"))
def test_number_with_an_exponent_is_no_identifier(text: str, first: int, power: int, point: str) -> None:
    for written in (f"{first}{point}5E+{power}", f"{first}{point}51e{power}", f" {first}E+{power} "):
        with pytest.raises(NotRead, match="exponent"):
            identifier.read(written)
