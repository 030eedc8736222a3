"""What happened to the store as a whole, and what of it is still filled in."""

from __future__ import annotations

from peewee import AutoField, IntegerField, TextField

from bmtui.store.models.fields import Row, UtcField


class StoreMark(Row):
    """A restore or a copy of the whole store; `kind` is a `StoreEvent`, `since` what is not known any more begins.

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
    """Something that is filled in from rows stored before: those up to `reached` are done, `until` is the last."""

    name = TextField(primary_key=True)
    reached = IntegerField()
    until = IntegerField()

    class Meta:
        table_name = "backfills"
