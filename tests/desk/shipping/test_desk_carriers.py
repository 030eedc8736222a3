"""Carriers: shapes of tracking numbers, links, and the operator's own file."""

from __future__ import annotations

import pytest

from bmtui.desk.core.context import Desk
from bmtui.desk.shipping import carriers
from bmtui.errors import ConfigError, NotRead, RuleRefused
from bmtui.sandbox.orders.catalogue import CARRIERS


def test_the_carriers_of_the_markets_are_known(desk: Desk) -> None:
    known = carriers.known(desk.settings)
    assert [name for name in CARRIERS if name.lower() not in known] == []
    assert all(carrier.url.startswith("https://") and "{number}" in carrier.url for carrier in known.values())
    # What is one carrier's alone is a number of that carrier, and matches no other's.
    for carrier in set(known.values()):
        assert {shape.pattern for shape in carrier.unmistakable} - {"9[2-5]\\d{20}"} <= {
            shape.pattern for shape in carrier.patterns
        } | {"JJD\\d{14,20}"}


@pytest.mark.parametrize(
    ("carrier", "number", "wrong", "doubt"),
    [
        ("UPS", "1z 999aa1 0123456784", "", ""),
        ("Colissimo", "6A 12345678901", "", ""),
        ("Colissimo", "1Z999AA10123456784", "of UPS, not of Colissimo", ""),
        ("UPS", "12345", "", "does not look like"),
        ("Royal Mail Express", "AB123456785GB", "", ""),
        ("Pigeon Post", "anything-1", "", ""),
        ("UPS", "", "needs a tracking number", ""),
        ("UPS", "1Zé", "strange characters", ""),
    ],
)
def test_a_number_is_checked_by_its_carrier(desk: Desk, carrier: str, number: str, wrong: str, doubt: str) -> None:
    if wrong:
        with pytest.raises((RuleRefused, NotRead), match=wrong):
            carriers.tracking(desk.settings, number, carrier)
        return
    found = carriers.tracking(desk.settings, number, carrier)
    assert doubt in " ".join(found.doubts)
    assert bool(found.doubts) == bool(doubt)
    assert " " not in found.number


def test_reason_overrides_the_check_of_a_tracking_number_and_is_kept(desk: Desk) -> None:
    found = carriers.tracking(desk.settings, "1Z999AA10123456784", "DHL", override="DHL hands over to UPS")
    assert (found.number, found.carrier) == ("1Z999AA10123456784", "DHL")
    assert found.against == "a tracking number of UPS, not of DHL"


def test_own_carriers_file_adds_and_replaces_carriers(desk: Desk) -> None:
    own = desk.settings.config / carriers.FILE
    own.write_text(
        '[carriers."Pigeon Post"]\npatterns = ["P\\\\d{3}"]\nurl = "https://pigeon.example/{number}"\n'
        '[carriers.UPS]\npatterns = ["U\\\\d"]\nurl = "https://ups.example/{number}"\n'
    )
    assert carriers.tracking(desk.settings, "P123", "pigeon post").url == "https://pigeon.example/P123"
    assert carriers.tracking(desk.settings, "U1", "UPS").url == "https://ups.example/U1"
    own.write_text("[carriers.UPS]\npatterns = ['(']\n")
    with pytest.raises(ConfigError, match=r"carriers\.toml cannot be read"):
        carriers.known(desk.settings)
    own.write_bytes(b"[carriers]\n# \xff\n")
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        carriers.known(desk.settings)
    assert caught.value.advice == "It must be UTF-8 text."


def test_shapes_of_numbers_are_known_of_a_carrier_that_has_some(desk: Desk) -> None:
    own = desk.settings.config / carriers.FILE
    own.write_text('[carriers."Pigeon Post"]\nurl = "https://pigeon.example/{number}"\n')
    names = ("UPS", " ups ", "Pigeon Post", "Nobody", "")
    assert [carriers.has_shapes(desk.settings, name) for name in names] == [True, True, False, False, False]
    assert [carriers.takes(desk.settings, name, "1z 999AA10123456784") for name in names] == [True, True, *[False] * 3]
