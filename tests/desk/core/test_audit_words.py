"""Words for the actions of the audit, as people read them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bmtui
from bmtui.desk.core import audit_words
from bmtui.desk.events import catalogue

SOURCE = "\n".join(path.read_text() for path in (Path(bmtui.__file__).parent / "desk").rglob("*.py"))
WRITTEN = set(re.findall(r"audit\.record\(\s*\w+,\s*\"([a-z_]+\.[a-z_]+)\"", SOURCE))


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("refund.issued", "Refund issued"),
        ("order.cancelled_internally", "Order cancelled internally"),
        ("order.identified", "IMEI or serial number entered"),
        ("ship.confirmed", "Ship: confirmed"),
        ("cancel_on_channel.rejected", "Cancel on Back Market: failed"),
        ("refund.rejected", "Refund rejected"),
        ("return.received", "RMA received"),
        ("care.message", "After-sales message"),
        ("credit_note.made", "Credit note made"),
        ("made_by.a_later_release", "Made by a later release"),
    ],
)
def test_an_action_is_shown_in_words(action: str, words: str) -> None:
    assert audit_words.in_words(action) == words


def test_each_action_that_is_written_reads_as_words() -> None:
    assert len(WRITTEN) > 40
    assert not [action for action in WRITTEN if re.search("[._]", audit_words.in_words(action))]


def test_each_exception_is_an_action_that_is_written() -> None:
    others = {"refund.rejected", *re.findall(r"\"([a-z_]+\.[a-z_]+)\"", SOURCE.replace(_own(), ""))}
    assert set(audit_words.WORDS) <= others


def test_an_event_is_shown_as_its_sentence_and_an_unknown_one_as_it_came() -> None:
    assert catalogue.in_words("effect.refused") == "Back Market refused the write."
    assert catalogue.in_words("made.later") == "made.later"


def _own() -> str:
    return Path(audit_words.__file__).read_text()
