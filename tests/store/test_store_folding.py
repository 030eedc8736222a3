"""Search texts of an older release: folded when the store is opened, which may be interrupted."""

from __future__ import annotations

import pytest
from helpers import raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.store import folding
from bmtui.store.models import Order, SearchUnfolded
from bmtui.text import folded

NAMES = ("Strauß", "ΠΑΠΑΔΟΠΟΥΛΟΣ", "Ｄｕｐｏｎｔ", "Łódzki", "Plain")


@pytest.fixture
def old(offline: Desk) -> Desk:
    """Desk with orders as schema 11 stored them: search texts that are not folded."""
    for number, name in enumerate(NAMES, start=1):
        address = {"first_name": "Éva", "last_name": name, "street": "1", "city": "X", "country": "FR"}
        take_in(offline, raw_order(number, [raw_line(number * 10, 2)], state=3, shipping_address=address))
    with offline.store.transaction():
        for order in Order.select():
            Order.update(search_text=f"{order.order_id} {order.customer_name}").where(Order.id == order.id).execute()
            SearchUnfolded.create(order_ref=order.id, force_insert=True)
    return offline


def found(desk: Desk, query: str) -> set[int]:
    return {row.order_id for row in search.page(desk, query).rows}


def test_names_are_found_with_and_without_accents(old: Desk) -> None:
    folding.fold_texts(old.store.database, lambda done, total: None)
    for query in ("STRAUSS", "strauß", "*trauss*", "name:strauss", "name:STRAUẞ"):
        assert found(old, query) == {1}, query
    for query in ("παπαδόπουλος", "Παπαδοπουλοσ", "*δόπουλ*", "name:παπαδοπουλος"):
        assert found(old, query) == {2}, query
    assert found(old, "dupont") == found(old, "name:dupont") == {3}
    assert found(old, "lodzki") == found(old, "name:ŁÓDZKI") == {4}
    assert found(old, "eva") == {1, 2, 3, 4, 5}
    assert found(old, "any:strauss,ΔΕΝ,plain") == {1, 5}


def test_folding_that_was_stopped_goes_on_where_it_was(old: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "STEP", 2)
    monkeypatch.setattr(folding, "TOLD_EVERY", 2)
    told: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        told.append((done, total))
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folding.fold_texts(old.store.database, stop)
    assert SearchUnfolded.select().count() == 3
    folding.fold_texts(old.store.database, lambda done, total: told.append((done, total)))
    assert told[:3] == [(0, 5), (2, 5), (0, 3)]
    assert told[-1] == (3, 3)
    assert all(order.search_text == folded(order.search_text) for order in Order.select())
    told.clear()
    folding.fold_texts(old.store.database, lambda done, total: told.append((done, total)))
    assert told == []


def test_a_new_order_is_folded_as_it_is_stored(offline: Desk) -> None:
    address = {"first_name": "Zoë", "last_name": "Strauß", "street": "1", "city": "X", "country": "FR"}
    take_in(offline, raw_order(1, [raw_line(10, 2, sku="PHN-Ü")], state=3, shipping_address=address))
    assert "zoe strauss" in Order.get().search_text
    assert found(offline, "phn-u") == found(offline, "sku:PHN-Ü") == {1}
