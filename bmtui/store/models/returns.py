"""Returns (RMA)."""

from __future__ import annotations

from peewee import AutoField, BigIntegerField, BooleanField, ForeignKeyField, IntegerField, TextField

from bmtui.store.models.companies import Company
from bmtui.store.models.fields import Row, UtcField
from bmtui.store.models.money import Refund
from bmtui.store.models.orders import Order, OrderLine


class ReturnReason(Row):
    """Reason for a return: a company's own, or a built-in one that the company hides."""

    id = AutoField()
    company = ForeignKeyField(Company)
    company_id: int
    name = TextField()
    code = IntegerField()
    hidden = BooleanField(default=False)

    class Meta:
        table_name = "return_reasons"


class Return(Row):
    """RMA; `folder_id` is the channel's number of the after-sales folder that it came from."""

    id = AutoField()
    company = ForeignKeyField(Company)
    company_id: int
    order = ForeignKeyField(Order, column_name="order_ref", backref="returns")
    order_ref: int
    folder_id = BigIntegerField(null=True)
    status = TextField()
    description = TextField()
    label_url = TextField(default="")
    carrier = TextField(default="")
    tracking_number = TextField(default="")
    tracking_url = TextField(default="")
    made_at = UtcField()
    made_by = TextField()
    updated_at = UtcField()
    closed_at = UtcField(null=True)
    version = IntegerField(default=1)

    class Meta:
        table_name = "returns"


class ReturnItem(Row):
    """Returned line; `received` and `damaged` count pieces, `sent_sku` is the replacement that was sent."""

    id = AutoField()
    rma = ForeignKeyField(Return, column_name="return_id", backref="items")
    return_id: int
    line = ForeignKeyField(OrderLine, column_name="line_ref")
    line_ref: int
    quantity = IntegerField()
    reason = TextField()
    code = IntegerField()
    approval = TextField()
    received = IntegerField(default=0)
    damaged = IntegerField(default=0)
    resolution = TextField()
    resolution_note = TextField(default="")
    sent_sku = TextField(default="")
    sent_tracking = TextField(default="")

    class Meta:
        table_name = "return_items"


class ReturnReceipt(Row):
    """Arrival of returned pieces; `differs`: another device came back than was sent."""

    id = AutoField()
    item = ForeignKeyField(ReturnItem)
    item_id: int
    at = UtcField()
    made_by = TextField()
    quantity = IntegerField()
    damaged = IntegerField()
    imei = TextField()
    serial_number = TextField()
    differs = BooleanField()

    class Meta:
        table_name = "return_receipts"


class ReturnNote(Row):
    """Note of an RMA; `kind` is return or merchant."""

    id = AutoField()
    rma = ForeignKeyField(Return, column_name="return_id")
    return_id: int
    kind = TextField()
    at = UtcField()
    made_by = TextField()
    text = TextField()

    class Meta:
        table_name = "return_notes"


class ReturnDocument(Row):
    """File of an RMA; `file` is its path below the installation's data folder, `name` its original name."""

    id = AutoField()
    rma = ForeignKeyField(Return, column_name="return_id")
    return_id: int
    name = TextField()
    file = TextField()
    media_type = TextField()
    size = IntegerField()
    sha256 = TextField()
    at = UtcField()
    made_by = TextField()

    class Meta:
        table_name = "return_documents"


class ReturnRefund(Row):
    """Refund that was issued inside an RMA."""

    refund = ForeignKeyField(Refund, primary_key=True)
    refund_id: int
    rma = ForeignKeyField(Return, column_name="return_id")
    return_id: int

    class Meta:
        table_name = "return_refunds"
