"""Billing statements, purchase costs, declared margin tax, and exchange rates."""

from __future__ import annotations

from peewee import AutoField, BigIntegerField, BooleanField, CompositeKey, ForeignKeyField, IntegerField, TextField

from bmtui.store.models.companies import Company
from bmtui.store.models.fields import JsonField, Row, UtcField
from bmtui.store.models.invoices import Invoice
from bmtui.store.models.money import Refund
from bmtui.store.models.orders import Order, OrderLine


class AccountSettings(Row):
    company = ForeignKeyField(Company, primary_key=True)
    company_id: int
    entries = JsonField()
    updated_at = UtcField()

    class Meta:
        table_name = "account_settings"


class StatementFile(Row):
    """Imported file of a billing statement: `content` is packed; `added` rows were new, `known` ones not."""

    id = AutoField()
    company = ForeignKeyField(Company)
    company_id: int
    name = TextField()
    sha256 = TextField()
    size = IntegerField()
    content = TextField()
    added = IntegerField()
    known = IntegerField()
    made_at = UtcField()
    made_by = TextField()

    class Meta:
        table_name = "statement_files"


class StatementRow(Row):
    """Row of a billing statement; `order_id` 0 is about the account, and `problem` '' is explained."""

    id = AutoField()
    file = ForeignKeyField(StatementFile)
    file_id: int
    company = ForeignKeyField(Company)
    company_id: int
    number = IntegerField()
    statement = TextField()
    day = TextField()
    sku = TextField()
    order_id = BigIntegerField()
    designation = TextField()
    kind = TextField()
    amount = BigIntegerField()
    currency = TextField()
    place = IntegerField()
    order = ForeignKeyField(Order, column_name="order_ref", null=True)
    order_ref: int | None
    line = ForeignKeyField(OrderLine, column_name="line_ref", null=True)
    line_ref: int | None
    refund = ForeignKeyField(Refund, null=True)
    refund_id: int | None
    problem = TextField()
    detail = TextField()

    class Meta:
        table_name = "statement_rows"


class PurchaseCost(Row):
    """Purchase cost of an IMEI, a serial number or a SKU from the day `since` on; the newest row of a day counts."""

    id = AutoField()
    company = ForeignKeyField(Company)
    company_id: int
    kind = TextField()
    identifier = TextField()
    since = TextField()
    amount = BigIntegerField()
    currency = TextField()
    reference = TextField()
    made_at = UtcField()
    made_by = TextField()

    class Meta:
        table_name = "purchase_costs"


class TaxPeriod(Row):
    """Period whose margin tax was declared; `carried` is what is left to set off, in minor units by currency."""

    id = AutoField()
    company = ForeignKeyField(Company)
    company_id: int
    period = TextField()
    method = TextField()
    carried = JsonField()
    made_at = UtcField()
    made_by = TextField()

    class Meta:
        table_name = "tax_periods"


class MarginEntry(Row):
    """Declared margin of a piece, or its correction, in minor units; `cost` None was not known."""

    id = AutoField()
    period = ForeignKeyField(TaxPeriod)
    period_id: int
    company = ForeignKeyField(Company)
    company_id: int
    invoice = ForeignKeyField(Invoice)
    invoice_id: int
    ref = TextField()
    piece = IntegerField()
    currency = TextField()
    rate = TextField()
    price = BigIntegerField()
    cost = BigIntegerField(null=True)
    margin = BigIntegerField()
    tax = BigIntegerField()
    correction = BooleanField()

    class Meta:
        table_name = "margin_entries"


class ExchangeRate(Row):
    """Exchange rate: units of `currency` for one euro; `rate` is a decimal as text."""

    day = TextField()
    currency = TextField()
    rate = TextField()
    made_at = UtcField()
    made_by = TextField()

    class Meta:
        table_name = "exchange_rates"
        primary_key = CompositeKey("day", "currency")
