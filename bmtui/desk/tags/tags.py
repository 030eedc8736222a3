"""Tags, assignee and up to ten named fields of an order. Nothing is sent.

A tag is the company's own word and stays when a buyer's data is removed; a field's value is removed, and the audit,
whose rows stay for ever, names only the field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bmtui.desk.core import audit, order_snapshot, permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.tags.parameters import of_fields
from bmtui.errors import ConfigError, NotFound, RuleRefused
from bmtui.store.models import FieldName, Order, OrderField, OrderTag
from bmtui.store.plain_sql import fetch
from bmtui.text import how_many
from bmtui.values import note

LONGEST_TAG = 30
MOST_TAGS = 20
MOST_FIELDS = 10

_TAG = re.compile(rf"\w[\w.-]{{0,{LONGEST_TAG - 1}}}")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")


def read_tag(text: str) -> str:
    """Return the tag in `text`, in small letters.

    Raises:
        ConfigError: it is no tag.
    """
    tag = note.read_name(text, field="tag", wanted="tag").value.lower()
    if not _TAG.fullmatch(tag):
        raise ConfigError(
            f"'{tag[:40]}' is not a tag.",
            f"Write one word of at most {LONGEST_TAG} letters, digits, hyphens and dots.",
            field="tag",
        )
    return tag


def tag(desk: Desk, order_id: int, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> tuple[str, ...]:
    """Add tags to an order and remove others; returns its tags afterwards.

    Raises:
        NotFound. ConfigError: no tag. RuleRefused: too many.
    """
    desk.must_write()
    added, removed = {read_tag(text) for text in add}, {read_tag(text) for text in remove}
    if not added | removed:
        raise ConfigError("No tag is named.", "Name one to add or to remove.", field="tag")
    with desk.store.transaction():
        order = orders.order_row(desk, order_id)
        had = _tags_of(order)
        has = (had - removed) | added
        if len(has) > MOST_TAGS:
            raise RuleRefused(
                f"Order {order_id} would have {how_many(len(has), 'tag')}; at most {MOST_TAGS} are allowed.",
                "Remove one.",
            )
        if has == had:
            return tuple(sorted(has))
        was = order_snapshot.of_order(order.id)
        if gone := sorted(had - has):
            OrderTag.delete().where((OrderTag.order == order) & OrderTag.tag.in_(gone)).execute()
        for name in sorted(has - had):
            OrderTag.create(order=order, tag=name, made_at=desk.now(), made_by=desk.actor)
        changes = [f"+{name}" for name in sorted(has - had)] + [f"-{name}" for name in sorted(had - has)]
        _recorded(desk, order, "order.tagged", f"Tags: {' '.join(changes)}.", was)
    return tuple(sorted(has))


def assign(desk: Desk, order_id: int, who: str) -> str:
    """Assign an order to a known account, ``me``, or to nobody with ''; returns the account's name.

    Raises:
        NotFound: no such order or account.
    """
    desk.must_write()
    with desk.store.transaction():
        order = orders.order_row(desk, order_id)
        account = permissions.known_account(desk, who) if who else ""
        if account != order.assignee:
            was = order_snapshot.of_order(order.id)
            Order.update(assignee=account, version=Order.version + 1).where(Order.id == order.id).execute()
            told = f"Assigned to {account}." if account else f"No longer assigned to {order.assignee}."
            _recorded(desk, order, "order.assigned", told, was)
    return account


def set_fields(desk: Desk, order_id: int, values: Mapping[str, str]) -> None:
    """Set fields of an order; an empty text removes a value.

    Raises:
        NotFound: no such order or field. ValueRefused: too long a text.
    """
    desk.must_write()
    if not values:
        raise ConfigError("No field is named.", "Write NAME=TEXT.", field="field")
    with desk.store.transaction():
        order = orders.order_row(desk, order_id)
        known = field_names(desk)
        for name, text in values.items():
            if name not in known:
                raise NotFound(f"There is no field '{name[:40]}'.", _advice(known))
            (field,) = of_fields((name,))
            value = field.read(text)
            if value:
                OrderField.insert(order=order, name=name, value=value).on_conflict(
                    conflict_target=[OrderField.order, OrderField.name], update={"value": value}
                ).execute()
            else:
                OrderField.delete().where((OrderField.order == order) & (OrderField.name == name)).execute()
        # The audit names only the fields: their values may be about the buyer.
        told = f"Field{'s' * (len(values) > 1)} set: {', '.join(sorted(values))}."
        _recorded(desk, order, "order.field_set", told, None)


def field_names(desk: Desk) -> tuple[str, ...]:
    """Return the names of the fields that orders can have."""
    return tuple(row.name for row in FieldName.select().order_by(FieldName.name))


def add_field(desk: Desk, name: str) -> None:
    """Add a field that orders can have.

    Raises:
        ConfigError: not a field name. RuleRefused: there are ten.
    """
    desk.must_write()
    name = name.strip().lower()
    if not _FIELD_NAME.fullmatch(name):
        raise ConfigError(
            f"'{name[:40]}' is not a name of a field.", "Write up to 20 small letters, digits and _, a letter first."
        )
    with desk.store.transaction():
        known = field_names(desk)
        if name in known:
            return
        if len(known) >= MOST_FIELDS:
            raise RuleRefused(f"There are {MOST_FIELDS} fields already.", f"Remove one of: {', '.join(known)}.")
        FieldName.insert(name=name, made_at=desk.now(), made_by=desk.actor).execute()
        audit.record(desk, "field.added", f"Orders have a field '{name}'.")


def remove_field(desk: Desk, name: str) -> int:
    """Remove a field with all its values; returns the number of orders that had one.

    Raises:
        NotFound: there is no such field.
    """
    desk.must_write()
    with desk.store.transaction():
        if name not in field_names(desk):
            raise NotFound(f"There is no field '{name[:40]}'.", _advice(field_names(desk)))
        gone = int(OrderField.delete().where(OrderField.name == name).execute())
        FieldName.delete().where(FieldName.name == name).execute()
        audit.record(desk, "field.removed", f"The field '{name}' is removed from {how_many(gone, 'order')}.")
    return gone


def known_tags(desk: Desk, most: int = 50) -> tuple[str, ...]:
    """Return the tags that orders have, for completion."""
    return tuple(row.tag for row in OrderTag.select(OrderTag.tag).distinct().order_by(OrderTag.tag).limit(most))


def _tags_of(order: Order) -> set[str]:
    return {tag for (tag,) in fetch("SELECT tag FROM order_tags WHERE order_ref = ?", (order.id,))}


def _advice(known: Sequence[str]) -> str:
    return f"Fields: {', '.join(known)}." if known else "'bmtui orders field --add NAME' makes one."


def _recorded(desk: Desk, order: Order, action: str, told: str, was: Mapping[str, object] | None) -> None:
    audit.record(desk, action, told, company_id=order.company_id, order_row=order.id, was=was)
