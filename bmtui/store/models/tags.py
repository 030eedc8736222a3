"""Tags and named fields of orders. The assignee is a column of the order itself."""

from __future__ import annotations

from peewee import CompositeKey, ForeignKeyField, TextField

from bmtui.store.models.fields import Row, UtcField
from bmtui.store.models.orders import Order


class OrderTag(Row):
    order = ForeignKeyField(Order, column_name="order_ref", backref="tags")
    order_ref: int
    tag = TextField()
    made_at = UtcField()
    made_by = TextField()

    class Meta:
        table_name = "order_tags"
        primary_key = CompositeKey("order", "tag")


class FieldName(Row):
    """Name of a field that orders can have."""

    name = TextField(primary_key=True)
    made_at = UtcField()
    made_by = TextField()

    class Meta:
        table_name = "field_names"


class OrderField(Row):
    """Value of a named field of an order."""

    order = ForeignKeyField(Order, column_name="order_ref", backref="fields")
    order_ref: int
    name = TextField()
    value = TextField()

    class Meta:
        table_name = "order_fields"
        primary_key = CompositeKey("order", "name")
