"""Values of absurd size or depth: only their own field is lost, never the order, the page or the download."""

from __future__ import annotations

import json
from typing import Any

import pytest
from channel_wire import ORDER, Wire, answer
from hypothesis import given
from hypothesis import strategies as st

from bmtui.channel import bounded_json
from bmtui.channel.client import BackMarket
from bmtui.channel.reading import read_order
from bmtui.errors import NotUnderstood

ABSURD = {
    "1e400": "1e400",
    "-1e400": "-1e400",
    "6,000 digits": "9" * 6000,
    "NaN": "NaN",
    "5,000 lists": "[" * 5000 + "]" * 5000,
    "5,000 objects": '{"a":' * 5000 + "1" + "}" * 5000,
    "900 lists": "[" * 900 + "]" * 900,
    "brackets in a text inside": "[" * 100 + '"]}\\"]"' + "]" * 100,
}
_NEEDED = ("order_id", "state", "currency", "price", "shipping_price", "orderlines")


def _page(field: str, value: str) -> str:
    """A page of three orders, of which the second has `value` in `field`."""
    orders = [ORDER | {"order_id": number} for number in (1, 2, 3)]
    marker = "here-it-stands"
    orders[1] = orders[1] | {field: marker}
    text = json.dumps({"count": 3, "next": None, "previous": None, "results": orders})
    return text.replace(f'"{marker}"', value)


@pytest.mark.parametrize("value", ABSURD.values(), ids=ABSURD)
@pytest.mark.parametrize("field", ["never_seen", "is_backship", "shipper", "shipping_address", "date_payment"])
async def test_absurd_value_in_an_optional_field_keeps_the_order(
    wire: Wire, market: BackMarket, field: str, value: str
) -> None:
    wire.play(answer(200, _page(field, value)))
    found = (await market.orders(page=1)).results
    assert [read_order(raw).order_id for raw in found] == [1, 2, 3]
    # It is kept: what is stored must be JSON, and be read again.
    assert json.loads(json.dumps(found[1], allow_nan=False)) == found[1]


@pytest.mark.parametrize("value", ABSURD.values(), ids=ABSURD)
@pytest.mark.parametrize("field", _NEEDED)
async def test_absurd_value_in_a_required_field_loses_only_that_order(
    wire: Wire, market: BackMarket, field: str, value: str
) -> None:
    wire.play(answer(200, _page(field, value)))
    first, second, third = (await market.orders(page=1)).results
    assert [read_order(first).order_id, read_order(third).order_id] == [1, 3]
    with pytest.raises(NotUnderstood) as caught:
        read_order(second)
    assert caught.value.path.startswith(field)


def test_too_deep_value_is_kept_as_its_json_text() -> None:
    deep = "[" * 3000 + ' "]" ' + "]" * 3000
    read: Any = bounded_json.loads(f'{{"a": {deep}, "b": [1]}}'.encode())
    assert read["b"] == [1]
    inner = read["a"]
    for _ in range(bounded_json.MOST_DEPTH - 1):
        (inner,) = inner
    assert json.dumps(inner) in json.dumps(read)
    left = 3000 - (bounded_json.MOST_DEPTH - 1)
    assert inner == "[" * left + ' "]" ' + "]" * left


def test_value_nested_up_to_the_bound_stays_as_it_is() -> None:
    text = "[" * bounded_json.MOST_DEPTH + "]" * bounded_json.MOST_DEPTH
    assert bounded_json.loads(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b"]" * 100_000, b"[" * 5000 + b"}" * 5000, b"[" * 50 + b'"' + b'\\"' * 500_000, b"\xff", b""],
)
def test_broken_json_is_a_value_error_at_once(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are those of json
        bounded_json.loads(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=30,
    )
)
def test_usual_json_is_read_by_the_bounded_reader_as_by_json(value: object) -> None:
    text = json.dumps(value)
    assert bounded_json.loads(text.encode()) == json.loads(text)
    # Inside something deep, it must come out of the text to the letter.
    deep: Any = bounded_json.loads(("[" * 60 + text + "]" * 60).encode())
    for _ in range(bounded_json.MOST_DEPTH):
        (deep,) = deep
    left = 60 - bounded_json.MOST_DEPTH
    assert deep == "[" * left + text + "]" * left
