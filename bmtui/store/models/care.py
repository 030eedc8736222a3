"""After-sales folders."""

from __future__ import annotations

from peewee import AutoField, BigIntegerField, ForeignKeyField, IntegerField, TextField

from bmtui.store.models.companies import Company
from bmtui.store.models.fields import JsonField, Row, UtcField


class CareFolder(Row):
    """After-sales folder as it came; `listed` is the digest of its entry in the list, `payload` the whole folder."""

    id = AutoField()
    company = ForeignKeyField(Company)
    company_id: int
    folder_id = BigIntegerField()
    state = IntegerField()
    market = TextField()
    order_id = BigIntegerField(null=True)
    line_id = BigIntegerField(null=True)
    sku = TextField()
    customer = TextField()
    issue = TextField()
    created_at = UtcField(null=True)
    modified_at = UtcField(null=True)
    last_message_at = UtcField(null=True)
    waiting_since = UtcField(null=True)
    listed = TextField()
    payload = JsonField()
    fetched_at = UtcField()
    error = TextField(default="")

    class Meta:
        table_name = "care_folders"
