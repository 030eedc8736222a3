"""Restores and copies of the whole store, and columns that are still being backfilled."""

from __future__ import annotations

from peewee import AutoField, IntegerField, TextField

from bmtui.store.models.fields import Row, UtcField


class StoreMark(Row):
    """Restore or copy of the whole store; `kind` is a `StoreEvent`, `since` the start of the time that may be missing.

    `last_rma` is the last number of an RMA, as a person confirmed it after the restore; None while nobody did.
    """

    id = AutoField()
    kind = TextField()
    at = UtcField()
    since = UtcField()
    about = TextField()
    made_by = TextField()
    last_rma = IntegerField(null=True)

    class Meta:
        table_name = "store_marks"


class Backfill(Row):
    """Progress of filling new columns of old rows: rows up to `reached` are done, `until` is the last."""

    name = TextField(primary_key=True)
    reached = IntegerField()
    until = IntegerField()

    class Meta:
        table_name = "backfills"
