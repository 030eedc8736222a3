"""Companies, and the times up to which each was downloaded."""

from __future__ import annotations

from peewee import AutoField, BooleanField, ForeignKeyField, IntegerField, TextField

from bmtui.store.models.fields import NameField, Row, UtcField


class Company(Row):
    id = AutoField()
    name = NameField()
    platform = TextField()
    base_url = TextField()
    enabled = BooleanField()
    integration = TextField()
    user_agent_company = TextField()
    contact_mail = TextField()
    market = TextField()
    time_zone = TextField()
    token_source = TextField()
    allow_order_download = BooleanField()
    allow_fulfillment_upload = BooleanField()
    enable_imei_update = BooleanField()
    download_interval_min = IntegerField(default=15)
    look_back_days = IntegerField(default=60)
    undo_windows = TextField(default="")
    ship_cutoff = TextField(default="13:00")
    soon_hours = IntegerField(default=4)
    upload_not_before = TextField(default="")
    upload_wait_hours = IntegerField(default=0)
    upload_skip_saturday = BooleanField(default=False)
    upload_skip_sunday = BooleanField(default=False)
    carriers = TextField(default="")
    identifier_policy = TextField(default="")
    care_interval_min = IntegerField(default=15)
    answer_within_h = IntegerField(default=24)
    erased_buyers = TextField(default="keep")
    note_cancelled = TextField(default="Cancelled internally.")
    note_on_hold = TextField(default="")
    note_problem_order = TextField(default="")
    note_void = TextField(default="Void: not a real order.")
    version = IntegerField(default=1)
    created_at = UtcField()
    updated_at = UtcField()
    account = TextField(default="")
    removed_at = UtcField(null=True)

    class Meta:
        table_name = "companies"


class SyncMark(Row):
    """Progress of the order download of a company: orders up to `modified_until` (the channel's own time) are here."""

    company = ForeignKeyField(Company, primary_key=True)
    company_id: int
    modified_until = UtcField(null=True)
    begun_at = UtcField()
    swept_at = UtcField()

    class Meta:
        table_name = "sync_marks"


class CareMark(Row):
    """Progress of a company's after-sales download: folders up to `modified_until` (the channel's time) are here."""

    company = ForeignKeyField(Company, primary_key=True)
    company_id: int
    modified_until = UtcField(null=True)
    begun_at = UtcField()
    swept_at = UtcField(null=True)

    class Meta:
        table_name = "care_marks"
