"""Tags, the assignee and named fields of orders: set, found, announced as events, removed."""

from __future__ import annotations

import pytest
from helpers import order_of, raw_line, raw_order, take_in

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import privacy
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import saved_views, search
from bmtui.desk.overview import history
from bmtui.desk.overview import order as overview
from bmtui.desk.tags import tags
from bmtui.errors import ConfigError, NotFound, RuleRefused, ValueRefused
from bmtui.store.models import Audit, OrderField
from bmtui.store.query import QueryError


@pytest.fixture
def three(offline: Desk) -> Desk:
    """A desk with the orders 1 to 3."""
    take_in(
        offline,
        *(
            raw_order(number, [raw_line(number * 10)], shipping_address={"email": f"{number}@mail.example"})
            for number in (1, 2, 3)
        ),
    )
    return offline


def found(desk: Desk, query: str) -> list[int]:
    return sorted(row.order_id for row in search.page(desk, query).rows)


def test_tags_are_added_removed_and_found(three: Desk) -> None:
    assert tags.tag(three, 1, add=["VIP", "urgent"]) == ("urgent", "vip")
    tags.tag(three, 2, add=["vip-eu"])
    assert found(three, "tag:vip") == found(three, "tag:VIP") == [1]
    assert found(three, "tag:vip*") == [1, 2]
    assert found(three, "tag:vip,vip-eu") == [1, 2]
    assert found(three, "-tag:vip") == [2, 3]
    assert found(three, "has:tag") == [1, 2]
    assert tags.tag(three, 1, add=["later"], remove=["vip", "never-there"]) == ("later", "urgent")
    assert search.page(three, "id:1").rows[0].tags == ("later", "urgent")


@pytest.mark.parametrize("text", ["", " ", "two words", "a,b", "-minus", "x" * 31, "a:b"])
def test_invalid_tag_is_refused_and_changes_nothing(three: Desk, text: str) -> None:
    with pytest.raises((ConfigError, ValueRefused)):
        tags.tag(three, 1, add=["good", text])
    assert overview.show(three, 1).row.tags == ()


def test_more_tags_than_there_may_be_are_refused(three: Desk) -> None:
    tags.tag(three, 1, add=[f"t{number}" for number in range(tags.MOST_TAGS)])
    with pytest.raises(RuleRefused, match="would have 21 tags"):
        tags.tag(three, 1, add=["one-more"])


def test_an_order_is_assigned_to_a_known_account(three: Desk) -> None:
    me, version = three.account, order_of(1).version
    assert tags.assign(three, 1, "me") == me
    # A dialog that is open on the order elsewhere notices it.
    assert order_of(1).version == version + 1
    assert found(three, "assignee:me") == found(three, f"assignee:{me}") == [1]
    assert found(three, "assignee:nobody") == [2, 3]
    assert found(three, "-assignee:anybody") == [2, 3]
    with pytest.raises(NotFound, match="no account 'no-such-account'"):
        tags.assign(three, 1, "no-such-account")
    permissions.set_rights(three, "0", role="admin")
    with pytest.raises(NotFound, match="Accounts:"):
        tags.assign(three, 2, "bin")
    tags.assign(three, 1, "")
    assert found(three, "assignee:me") == []


def test_fields_are_named_set_and_found(three: Desk) -> None:
    with pytest.raises(NotFound, match="no field 'shelf'"):
        tags.set_fields(three, 1, {"shelf": "A1"})
    with pytest.raises(QueryError, match="no field 'shelf'"):
        found(three, "field.shelf:A1")
    tags.add_field(three, "Shelf")
    tags.set_fields(three, 1, {"shelf": "A 12"})
    tags.set_fields(three, 2, {"shelf": "B1"})
    assert found(three, 'field.shelf:"a 12"') == [1]
    assert found(three, "field.shelf:a*") == [1]
    assert found(three, "-field.shelf:*") == [3]
    assert search.page(three, "id:1").rows[0].fields == {"shelf": "A 12"}
    tags.set_fields(three, 1, {"shelf": ""})
    assert overview.show(three, 1).row.fields == {}
    assert tags.remove_field(three, "shelf") == 1
    assert tags.field_names(three) == ()
    tags.add_field(three, "shelf")
    assert overview.show(three, 2).row.fields == {}


def test_eleventh_named_field_is_refused(three: Desk) -> None:
    for number in range(tags.MOST_FIELDS):
        tags.add_field(three, f"f{number}")
    with pytest.raises(RuleRefused, match="10 fields already"):
        tags.add_field(three, "one_more")
    with pytest.raises(ConfigError, match="not a name of a field"):
        tags.add_field(three, "2nd shelf")


def test_the_text_of_notes_is_found(three: Desk) -> None:
    orders.add_note(three, 2, "The buyer calls again on Monday: 100% sure.")
    assert found(three, 'note:"calls AGAIN"') == [2]
    assert found(three, 'note:"100% s"') == [2]
    assert found(three, "note:never") == []


def test_history_and_audit_show_tags_and_assignee_but_no_field_values(three: Desk) -> None:
    tags.tag(three, 1, add=["vip"])
    between = three.now()
    tags.tag(three, 1, remove=["vip"])
    tags.assign(three, 1, "me")
    tags.add_field(three, "gift")
    tags.set_fields(three, 1, {"gift": "for Marie Dupont"})
    view = overview.show(three, 1)
    assert [entry.action for entry in view.history][-4:] == [
        *("order.tagged", "order.tagged", "order.assigned", "order.field_set")
    ]
    assert (history.at(three, 1, between).row.tags, view.row.tags) == (("vip",), ())
    assert not any("Marie" in str(row.__data__) for row in Audit.select())


def test_erasing_a_buyer_removes_field_values_and_keeps_tags(three: Desk) -> None:
    tags.add_field(three, "gift")
    tags.set_fields(three, 1, {"gift": "for Marie Dupont"})
    tags.tag(three, 1, add=["vip"])
    assert privacy.erase(three, "1@mail.example").orders == (1,)
    assert [row.value for row in OrderField.select()] == ["(erased)"]
    assert overview.show(three, 1).row.tags == ("vip",)


def test_a_saved_view_may_ask_for_tags_and_mine(three: Desk) -> None:
    tags.add_field(three, "shelf")
    saved_views.save(three, "Mine", "assignee:me tag:vip field.shelf:A*", columns=["id", "tags", "assignee", "fields"])
    assert order_of(1).assignee == ""


def test_field_filter_looks_into_the_field_that_it_names_alone(three: Desk) -> None:
    for name in ("shelf", "box"):
        tags.add_field(three, name)
    tags.set_fields(three, 1, {"shelf": "A1", "box": "B2"})
    tags.set_fields(three, 2, {"box": "A1"})
    assert found(three, "field.shelf:A1") == [1]
    assert found(three, "field.box:A1") == [2]
    assert found(three, "-field.shelf:*") == [2, 3]
