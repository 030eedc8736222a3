"""After-sales folders and BackShip parcels: values that are read, and refusals that name the field."""

from __future__ import annotations

import copy
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from channel_wire import DELIVERY, FOLDER, ORDER, RETURN
from hypothesis import given
from hypothesis import strategies as st

from bmtui.channel.backship import Parcel, read_delivery, read_return
from bmtui.channel.care import CareFolder, FolderState, read_folder, read_who_wrote_when
from bmtui.channel.markup import text_of
from bmtui.channel.reading import read_order
from bmtui.errors import NotUnderstood
from bmtui.money import Money
from bmtui.text import plain


def test_folder_with_every_part_is_read_whole() -> None:
    read = read_folder(FOLDER)
    assert (read.folder_id, read.state, read.market) == (100_000_417, FolderState.OPEN, "en-gb")
    assert read.created_at == datetime(2026, 8, 1, 8, tzinfo=UTC)
    assert (read.closed_at, read.customer, read.customer_email) == (None, "Sam Probe", "sam@example.com")
    assert (read.orderline_id, read.order_id, read.sku, read.quantity) == (91300010, 80112907, "LAP-13", 2)
    assert (read.price, read.orderline_state, read.order_state) == (Money(125000, "GBP"), 3, 9)
    assert read.tracking_number == "ZZ1GB"
    (line,) = read.lines
    assert (line.resolution, line.warranty) == ("REFUND", "IN_WARRANTY")
    assert [(issue.customer_issue, issue.tag) for issue in line.issues] == [("BATTERY_NOT_CHARGING", "TECHNICAL")]
    assert [label.url for label in read.labels] == ["https://cdn.example.com/l.pdf"]
    first, second = read.messages
    assert (first.text, first.initiator, first.is_informative) == ("Does not\n\ncharge & <dies>.", "Client", False)
    assert [(file.attachment_id, file.url) for file in second.attachments] == [(31, "https://cdn.example.com/31.pdf")]


def test_folder_with_nothing_but_number_and_state_is_read() -> None:
    assert read_folder({"id": "5", "state": 9}) == CareFolder(folder_id=5, state=9)
    assert read_folder({"id": 5, "state": 77, "orderline": 12, "lines": None}).orderline_id == 12
    bare = read_folder({"id": 5, "state": 0, "orderline": {"id": 1, "price": "5.00", "order": {"order_id": 2}}})
    assert (bare.orderline_id, bare.order_id, bare.price) == (1, 2, None)


def test_who_wrote_when_is_what_the_whole_folder_says() -> None:
    assert [(one.sent_at, one.initiator, one.is_informative) for one in read_who_wrote_when(FOLDER)] == [
        (one.sent_at, one.initiator, one.is_informative) for one in read_folder(FOLDER).messages
    ]
    assert len(read_who_wrote_when(FOLDER)) == len(read_folder(FOLDER).messages) > 0


def test_folder_in_a_list_has_only_numbers() -> None:
    read = read_folder({"id": 5, "state": 0, "client": 0, "merchant": 1, "orderline": 12, "lines": [3, "4", {"id": 5}]})
    assert (read.orderline_id, read.customer, [line.line_id for line in read.lines]) == (12, "", [3, 4, 5])


def test_parcel_with_every_field_is_read_whole() -> None:
    assert read_delivery(DELIVERY) == Parcel(
        parcel_id="41", order_id=7, orderline_ids=(8, 9), label_url="https://cdn.example.com/41.pdf",
        carrier="DHL", tracking_number="1", tracking_url="https://t.example/1", hub_scanned=True,
        created_at=datetime(2026, 8, 1, 8, tzinfo=UTC), picked_up_at=datetime(2026, 8, 2, 8, tzinfo=UTC),
    )  # fmt: skip
    assert read_return(RETURN) == Parcel(
        parcel_id="42", order_id=7, orderline_ids=(8,), label_url="https://cdn.example.com/42.pdf",
        carrier="DHL", tracking_number="R1", created_at=datetime(2026, 8, 1, 8, tzinfo=UTC),
    )  # fmt: skip
    assert read_return({"id": "a-1"}) == Parcel(parcel_id="a-1")
    assert read_delivery({"id": 1, "order": {"order_id": 5}, "orderlines": [{"id": 6}]}).orderline_ids == (6,)


def test_parcel_with_undocumented_fields_keeps_its_label() -> None:
    strange = {"carrier": {"name": "x"}, "state": [], "status": 5, "dateCreation": "soon", "datePickup": {}}
    read = read_delivery({"id": 1, "labelUrl": "https://x", "trackingNumber": True, "trackingUrl": 2**70, **strange})
    assert read == Parcel(parcel_id="1", label_url="https://x", state="5")


@pytest.mark.parametrize(
    ("read", "raw", "path"),
    [
        (read_folder, [], ""),
        (read_folder, {"id": 1}, "state"),
        (read_folder, {"id": 1, "state": 0, "orderline": True}, "orderline"),
        (read_folder, {"id": 1, "state": 0, "orderline": {"order": {"currency": 5}}}, "orderline.order.currency"),
        (read_folder, {"id": 1, "state": 0, "messages": [{}, {"attachments": [5]}]}, "messages[1].attachments[0]"),
        (
            *(read_folder, {"id": 1, "state": 0, "lines": [{"return_labels": [{"label": {}}]}]}),
            "lines[0].return_labels[0].label",
        ),
        (read_delivery, {"labelUrl": "x"}, "shipment_id"),
        (read_delivery, {"id": 1, "orderlines": [1, None]}, "orderlines[1]"),
        (read_delivery, {"id": 1, "labelUrl": 1.5}, "label_url"),
        (read_return, {"id": 1, "orderId": "x"}, "order_id"),
    ],
)
def test_error_of_a_folder_names_the_field(read: Callable[[object], object], raw: object, path: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read(raw)
    assert caught.value.path == path
    assert path in caught.value.message


# Any JSON

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
    | st.sampled_from(["1", "9" * 25, "2026-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "EUR", "JPY", "٣.٥٠"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=8) | st.sampled_from([*ORDER, *FOLDER, *DELIVERY, *RETURN]), inner),
    max_leaves=12,
)  # fmt: skip
SUBJECTS: dict[str, tuple[Callable[[object], object], dict[str, Any]]] = {
    "order": (read_order, ORDER),
    "folder": (read_folder, FOLDER),
    "delivery": (read_delivery, DELIVERY),
    "return": (read_return, RETURN),
}


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _places(item, (*path, key))


def _named(path: tuple[str | int, ...]) -> str:
    """Return a place of the JSON as an error names it."""
    named = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    return re.sub("[A-Z]", lambda found: "_" + found[0].lower(), named)


def _refusal(read: Callable[[object], object], raw: object) -> NotUnderstood | None:
    try:
        read(raw)
    except NotUnderstood as error:
        return error
    return None


@pytest.mark.parametrize("subject", SUBJECTS)
@given(data=st.data())
def test_any_json_that_keeps_the_documented_keys_is_read_or_refused_by_name(subject: str, data: st.DataObject) -> None:
    """Replace one value by any JSON: either all is read, or the error names that field, one above or one below it."""
    read, good = SUBJECTS[subject]
    place = data.draw(st.sampled_from(list(_places(good))))
    raw: Any = copy.deepcopy(good)
    holder = raw
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = data.draw(JSON)
    error = _refusal(read, raw)
    if error is None or place[-1] == "currency":
        return  # every amount, and the lines' currency, follow the order's
    changed, blamed = _named(place), error.path
    assert blamed
    assert blamed.startswith(changed) or changed.startswith(blamed)
    assert blamed in error.message
    assert error.advice


@pytest.mark.parametrize("subject", SUBJECTS)
@given(raw=JSON)
def test_any_json_as_a_folder_is_read_or_refused(subject: str, raw: object) -> None:
    read, _ = SUBJECTS[subject]
    error = _refusal(read, raw)
    assert error is None or error.message


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_deeply_nested_value_is_read_or_refused(subject: str) -> None:
    read, good = SUBJECTS[subject]
    deep: Any = json.loads("[" * 900 + "]" * 900)
    for place in _places(good):
        raw = copy.deepcopy(good)
        holder: Any = raw
        for step in place[:-1]:
            holder = holder[step]
        holder[place[-1]] = deep
        error = _refusal(read, raw)
        assert error is None or error.path


# HTML as text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("<p>The battery<br/>does <b>not</b> charge.</p>", "The battery\ndoes not charge."),
        ("a < b && c > d <3", "a < b && c > d <3"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("<script>alert('<p>')</script >x<STYLE>p{}</style>y", "xy"),
        ("x<script>never closed", "x"),
        ("a<!-- <p>no</p> -->b<!-- open", "ab"),
        ("<a href='https://x.example/'>link</a>\t&amp;&nbsp;more", "link & more"),
        ("a&#27;[2J&#x202e;b\x1b[1mc&#8206;", "a[2Jb[1mc"),
        ("<ul><li>1<li>2</ul>\n\n\n<p></p><p></p>z", "1\n2\n\nz"),
        ("<img alt='a", "<img alt='a"),
        ("</", "</"),
    ],
)
def test_html_becomes_plain_text(markup: str, text: str) -> None:
    assert text_of(markup) == text


@given(st.text(st.sampled_from("<>/!-& ;#\n\x1b\u202eapscriptb'\"") | st.characters()))
def test_any_markup_becomes_plain_text(markup: str) -> None:
    text = text_of(markup)
    assert plain(text, multiline=True) == text
    if "<" not in markup and "&" not in markup:
        assert text.split() == plain(markup, multiline=True).split()


@pytest.mark.parametrize("piece", ["<", "<a", "a", "<!--", "<script>", "</", "&", "&#", "<a b='", "\n", "<p>", "--"])
def test_markup_is_cleaned_in_time_linear_to_its_length(piece: str) -> None:
    started = time.process_time()
    text_of("<" + piece * (400_000 // len(piece)))
    assert time.process_time() - started < 3
