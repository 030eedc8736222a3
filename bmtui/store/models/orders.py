"""Orders: raw as they came, with lines, notes and saved views."""

from __future__ import annotations

from peewee import AutoField, BigIntegerField, BooleanField, CompositeKey, ForeignKeyField, IntegerField, TextField

from bmtui.store.models.companies import Company
from bmtui.store.models.fields import JsonField, Row, UtcField
from bmtui.store.models.queue import Job


class Inbox(Row):
    """Raw order from the channel; `state` is waiting, done or quarantined."""

    id = AutoField()
    company = ForeignKeyField(Company)
    company_id: int
    order_id = BigIntegerField(null=True)
    payload = TextField()
    digest = TextField()
    fetched_at = UtcField()
    job = ForeignKeyField(Job)
    job_id: int
    state = TextField()
    error = TextField(default="")

    class Meta:
        table_name = "inbox"


class Order(Row):
    """Order; `fee` is the expected commission (None: not known), `fee_charged` that of the statements (None: none)."""

    id = AutoField()
    company = ForeignKeyField(Company)
    company_id: int
    order_id = BigIntegerField()
    status = TextField()
    shipping_status = TextField()
    payment_status = TextField()
    channel_status = TextField()
    channel_state = IntegerField()
    channel_notified = BooleanField()
    market = TextField()
    currency = TextField()
    goods = BigIntegerField()
    shipping = BigIntegerField()
    total = BigIntegerField()
    received = BigIntegerField()
    refunded = BigIntegerField()
    payment_method = TextField()
    created_at = UtcField()
    updated_at = UtcField()
    paid_at = UtcField(null=True)
    ship_by = UtcField(null=True)
    shipped_at = UtcField(null=True)
    customer_name = TextField()
    customer_email = TextField()
    customer_phone = TextField()
    postal_code = TextField()
    country = TextField()
    ship_to = JsonField()
    bill_to = JsonField()
    carrier = TextField()
    tracking_number = TextField()
    tracking_url = TextField()
    is_backship = BooleanField()
    invoice_provided_at = UtcField(null=True)
    delivery_note_ref = TextField(default="")
    search_text = TextField()
    version = IntegerField(default=1)
    anonymised_at = UtcField(null=True)
    marked = JsonField(default=list)
    sales_taxes = BigIntegerField(null=True)
    sales_dp_adjustment = BigIntegerField(null=True)
    erased_by_channel = BooleanField(default=False)
    paper_name = TextField(default="")
    assignee = TextField(default="")
    fee = BigIntegerField(null=True)
    fee_charged = BigIntegerField(null=True)

    class Meta:
        table_name = "orders"


class SearchUnfolded(Row):
    """Order whose `search_text` an older release stored; `store.folding` empties the table."""

    order_ref = IntegerField(primary_key=True)

    class Meta:
        table_name = "search_unfolded"


class OrderLine(Row):
    id = AutoField()
    order = ForeignKeyField(Order, column_name="order_ref", backref="lines")
    order_ref: int
    line_id = BigIntegerField()
    state = IntegerField()
    sku = TextField()
    product = TextField()
    brand = TextField()
    condition = IntegerField(null=True)
    quantity = IntegerField()
    price = BigIntegerField()
    shipping = BigIntegerField()
    refunded = BigIntegerField(default=0)
    imei = TextField()
    serial_number = TextField()
    fee = BigIntegerField(null=True)
    adjustment = BigIntegerField(null=True)

    class Meta:
        table_name = "order_lines"


class StockFlag(Row):
    company = ForeignKeyField(Company)
    company_id: int
    sku = TextField()
    in_stock = BooleanField()
    at = UtcField()
    made_by = TextField()

    class Meta:
        table_name = "stock_flags"
        primary_key = CompositeKey("company", "sku")


class Note(Row):
    """Note; `author` is its writer in another system, '' for a note that was written here."""

    id = AutoField()
    order = ForeignKeyField(Order, column_name="order_ref", backref="notes")
    order_ref: int
    at = UtcField()
    made_by = TextField()
    text = TextField()
    author = TextField(default="")

    class Meta:
        table_name = "notes"


class JobOrder(Row):
    """Order that a job created or changed; `outcome` is created, updated or refunded."""

    job = ForeignKeyField(Job)
    job_id: int
    order = ForeignKeyField(Order, column_name="order_ref")
    order_ref: int
    outcome = TextField()

    class Meta:
        table_name = "job_orders"
        primary_key = CompositeKey("job", "order")


class SavedView(Row):
    """Saved query with its sort and columns, on the digit `place` and as a tab."""

    id = AutoField()
    name = TextField()
    query = TextField()
    sort = TextField()
    descending = BooleanField()
    columns = JsonField()
    place = IntegerField()
    made_by = TextField()
    made_at = UtcField()

    class Meta:
        table_name = "views"
