"""Events, the positions of their readers, and their deliveries to people."""

from __future__ import annotations

from peewee import AutoField, ForeignKeyField, IntegerField, TextField

from bmtui.store.models.fields import JsonField, Row, UtcField


class Event(Row):
    """Event; ids are in the order of the commits, for writers wait for each other.

    `subject` is set for an event that happens once for it, such as a late order. `rules` are the ids of the rules that
    caused it.
    """

    id = AutoField()
    at = UtcField()
    name = TextField()
    company_id = IntegerField(null=True)
    order_ref = IntegerField(null=True)
    subject = TextField(null=True)
    data = JsonField()
    actor = TextField()
    rules = JsonField(default=list)

    class Meta:
        table_name = "events"


class EventMark(Row):
    """Position of a reader: the last event that a way out, or the rules, have read."""

    reader = TextField(primary_key=True)
    event_id = IntegerField()
    read_at = UtcField()

    class Meta:
        table_name = "event_marks"


class Delivery(Row):
    """Delivery of an event on a way out; `state` is a `DeliveryState`."""

    id = AutoField()
    way = TextField()
    event = ForeignKeyField(Event)
    event_id: int
    order_ref = IntegerField(null=True)
    state = TextField()
    made_at = UtcField()
    due_at = UtcField()
    attempts = IntegerField(default=0)
    settled_at = UtcField(null=True)
    error = TextField(default="")

    class Meta:
        table_name = "deliveries"
