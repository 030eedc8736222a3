"""Invoices, their series and settings, and the texts and logos that they use."""

from __future__ import annotations

from peewee import AutoField, BigIntegerField, BooleanField, ForeignKeyField, IntegerField, TextField

from bmtui.store.models.companies import Company
from bmtui.store.models.fields import JsonField, Row, UtcField
from bmtui.store.models.money import Refund
from bmtui.store.models.orders import Order


class InvoiceSettings(Row):
    """Invoice settings; `market` is "" for all markets without settings of their own; `entries` are texts by key."""

    id = AutoField()
    company = ForeignKeyField(Company)
    company_id: int
    market = TextField()
    entries = JsonField()
    version = IntegerField(default=1)
    updated_at = UtcField()

    class Meta:
        table_name = "invoice_settings"


class InvoiceAsset(Row):
    """Content that documents refer to by its digest: a wording as JSON, or a logo as base64."""

    digest = TextField(primary_key=True)
    content = TextField()

    class Meta:
        table_name = "invoice_assets"


class InvoiceSeries(Row):
    """Number series; `first_number` is the first number given by bmtui; earlier numbers were given elsewhere."""

    id = AutoField()
    company = ForeignKeyField(Company)
    company_id: int
    country = TextField()
    kind = TextField()
    period = TextField()
    last_number = IntegerField()
    last_issued = TextField()
    confirmed_mark = IntegerField(null=True)
    first_number = IntegerField(default=1)

    class Meta:
        table_name = "invoice_series"


class Invoice(Row):
    """Invoice or credit note; `way` is how its PDF is made, `pdf` its bytes where it cannot be made again.

    `elsewhere`: another system made it, and gave its number.
    """

    id = AutoField()
    company = ForeignKeyField(Company)
    company_id: int
    order = ForeignKeyField(Order, column_name="order_ref", backref="invoices")
    order_ref: int
    corrects = ForeignKeyField("self", null=True)
    corrects_id: int | None
    kind = TextField()
    country = TextField()
    period = TextField()
    sequence = IntegerField()
    number = TextField()
    issued = TextField()
    currency = TextField()
    net = BigIntegerField()
    tax = BigIntegerField()
    gross = BigIntegerField()
    way = JsonField()
    remark = TextField(default="")
    document = JsonField()
    document_hash = TextField()
    pdf_hash = TextField(default="")
    pdf_size = IntegerField(default=0)
    pdf = TextField(null=True)
    made_with = TextField()
    made_at = UtcField()
    made_by = TextField()
    printed = IntegerField(default=0)
    printed_at = UtcField(null=True)
    upload = TextField(default="")
    uploaded_at = UtcField(null=True)
    elsewhere = BooleanField(default=False)

    class Meta:
        table_name = "invoices"


class InvoiceRefund(Row):
    """Refund on a credit note."""

    refund = ForeignKeyField(Refund, primary_key=True)
    refund_id: int
    invoice = ForeignKeyField(Invoice)
    invoice_id: int

    class Meta:
        table_name = "invoice_refunds"
