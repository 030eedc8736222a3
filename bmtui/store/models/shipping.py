"""Shipments, the units in them, and packing locks."""

from __future__ import annotations

from peewee import AutoField, BooleanField, CompositeKey, ForeignKeyField, IntegerField, TextField

from bmtui.store.models.fields import Row, UtcField
from bmtui.store.models.orders import Order, OrderLine
from bmtui.store.models.queue import Job


class Shipment(Row):
    """Shipment; `state` is an `UploadState`: its upload to the channel."""

    id = AutoField()
    order = ForeignKeyField(Order, column_name="order_ref", backref="shipments")
    order_ref: int
    carrier = TextField()
    tracking_number = TextField()
    tracking_url = TextField()
    shipped_at = UtcField()
    whole = BooleanField()
    state = TextField()
    error = TextField(default="")
    job = ForeignKeyField(Job, null=True)
    job_id: int | None
    made_at = UtcField()
    made_by = TextField()

    class Meta:
        table_name = "shipments"


class ShipmentLine(Row):
    shipment = ForeignKeyField(Shipment, backref="lines")
    shipment_id: int
    line = ForeignKeyField(OrderLine, column_name="line_ref")
    line_ref: int
    quantity = IntegerField()

    class Meta:
        table_name = "shipment_lines"
        primary_key = CompositeKey("shipment", "line")


class Unit(Row):
    """Unit: one piece of a line, counted from 1, with its IMEI or serial number; `state` is an `UploadState`."""

    id = AutoField()
    order = ForeignKeyField(Order, column_name="order_ref", backref="units")
    order_ref: int
    line = ForeignKeyField(OrderLine, column_name="line_ref")
    line_ref: int
    number = IntegerField()
    imei = TextField(default="")
    serial_number = TextField(default="")
    state = TextField()
    error = TextField(default="")
    reason = TextField(default="")
    job = ForeignKeyField(Job, null=True)
    job_id: int | None
    made_at = UtcField()
    made_by = TextField()

    class Meta:
        table_name = "units"


class PackingLease(Row):
    order = ForeignKeyField(Order, column_name="order_ref", primary_key=True)
    order_ref: int
    holder = TextField()
    name = TextField()
    since = UtcField()

    class Meta:
        table_name = "packing_leases"
