"""What happened, how far it was read, and what of it is on its way to people."""

from __future__ import annotations

from peewee import AutoField, ForeignKeyField, IntegerField, TextField

from bmtui.store.models.fields import JsonField, Row, UtcField


class Event(Row):
    """Something that happened; ids are in the order of the commits, for writers wait for each other.

    `subject` is set of what happens once for it, such as an order that is late. `rules` are the ids of the rules that
    led to it.
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
    """The last event that a reader has read: a way out, or the rules."""

    reader = TextField(primary_key=True)
    event_id = IntegerField()
    read_at = UtcField()

    class Meta:
        table_name = "event_marks"


class Delivery(Row):
    """An event on a way out; `state` is a `DeliveryState`."""

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
