"""Imports of data from another system."""

from __future__ import annotations

from peewee import AutoField, ForeignKeyField, IntegerField, TextField

from bmtui.store.models.fields import Row, UtcField
from bmtui.store.models.orders import Order


class Import(Row):
    """Imported file; `digest` is the SHA-256 of its bytes."""

    id = AutoField()
    file = TextField()
    digest = TextField()
    made_at = UtcField()
    made_by = TextField()
    undone_at = UtcField(null=True)
    undone_by = TextField(default="")

    class Meta:
        table_name = "imports"


class ImportChange(Row):
    """Change by an import; `subject_id` is the row that it created, in the table that `what` names."""

    id = AutoField()
    of = ForeignKeyField(Import, column_name="import_id", backref="changes")
    import_id: int
    file_row = IntegerField()
    order = ForeignKeyField(Order, column_name="order_ref")
    order_ref: int
    what = TextField()
    subject_id = IntegerField(null=True)
    name = TextField(default="")
    before = TextField(default="")
    after = TextField(default="")

    class Meta:
        table_name = "import_changes"
