"""The tables as peewee models; `migrations/` makes them. Rows do not leave `store/`, `queue/` and `desk/`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from peewee import (
    AutoField,
    BigIntegerField,
    BooleanField,
    CompositeKey,
    DatabaseProxy,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
    fn,
)

database = DatabaseProxy()

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(at: datetime) -> int:
    """Microseconds since 1970 UTC of an aware datetime, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """The aware UTC datetime of `to_micros`."""
    return _EPOCH + value * _MICROSECOND


class UtcField(BigIntegerField):
    """An aware UTC datetime, stored as integer microseconds: sortable, and the same on every database."""

    def db_value(self, value: Any) -> Any:
        return to_micros(value) if isinstance(value, datetime) else value

    def python_value(self, value: Any) -> Any:
        return from_micros(value) if isinstance(value, int) else value


class NameField(TextField):
    """A text that equals another whatever the case of its ASCII letters, as SQLite's NOCASE has it."""

    def __eq__(self, other: object) -> Any:
        folded = fn.LOWER(self)
        return folded == (other.encode().lower().decode() if isinstance(other, str) else other)

    __hash__ = TextField.__hash__


class JsonField(TextField):
    """A JSON value, stored as text with sorted keys so that equal values have equal texts."""

    def db_value(self, value: Any) -> Any:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def python_value(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value


class _Row(Model):
    class Meta:
        database = database
        legacy_table_names = False


class Company(_Row):
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
    automatic_acceptance = BooleanField(default=False)
    acceptance_rule = TextField(default="")
    upload_not_before = TextField(default="")
    upload_wait_hours = IntegerField(default=0)
    upload_skip_saturday = BooleanField(default=False)
    upload_skip_sunday = BooleanField(default=False)
    carriers = TextField(default="")
    care_interval_min = IntegerField(default=15)
    answer_within_h = IntegerField(default=24)
    note_cancelled = TextField(default="Cancelled internally.")
    note_on_hold = TextField(default="")
    note_problem_order = TextField(default="")
    note_void = TextField(default="Void: not a real order.")
    version = IntegerField(default=1)
    created_at = UtcField()
    updated_at = UtcField()

    class Meta:
        table_name = "companies"


class Job(_Row):
    id = AutoField()
    type = TextField()
    status = TextField()
    priority = IntegerField()
    company = ForeignKeyField(Company, null=True)
    company_id: int | None
    parameters = JsonField()
    cursor = JsonField(default=dict)
    about = JsonField(default=dict)
    identity = TextField(null=True)
    parent = ForeignKeyField("self", null=True)
    parent_id: int | None
    submitted_at = UtcField()
    submitted_by = TextField()
    scheduled_at = UtcField()
    started_at = UtcField(null=True)
    completed_at = UtcField(null=True)
    phase = TextField(default="")
    total = IntegerField(null=True)
    processed = IntegerField(default=0)
    succeeded = IntegerField(default=0)
    failed = IntegerField(default=0)
    error = TextField(default="")
    error_kind = TextField(default="")
    output = JsonField(default=dict)
    attempts = IntegerField(default=0)
    failures = IntegerField(default=0)
    lost = IntegerField(default=0)
    max_failures = IntegerField()
    worker = TextField(null=True)
    fence = IntegerField(default=0)
    cancel_requested = BooleanField(default=False)

    class Meta:
        table_name = "jobs"


class JobLog(_Row):
    id = AutoField()
    job = ForeignKeyField(Job)
    job_id: int
    at = UtcField()
    is_error = BooleanField()
    message = TextField()

    class Meta:
        table_name = "job_log"


class RateLimit(_Row):
    name = TextField(primary_key=True)
    theoretical_arrival = BigIntegerField()
    held_until = BigIntegerField(default=0)
    reason = TextField(default="")

    class Meta:
        table_name = "rate_limits"


class DailyBudget(_Row):
    """What one UTC day has cost; `day` is ISO."""

    name = TextField()
    day = TextField()
    spent = IntegerField()

    class Meta:
        table_name = "daily_budgets"
        primary_key = CompositeKey("name", "day")


class SyncMark(_Row):
    """How far a company has been read: `modified_until` is the channel's own time."""

    company = ForeignKeyField(Company, primary_key=True)
    company_id: int
    modified_until = UtcField(null=True)
    begun_at = UtcField()
    swept_at = UtcField()

    class Meta:
        table_name = "sync_marks"


class Inbox(_Row):
    """Raw channel orders; `state` is waiting, done or quarantined."""

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


class Order(_Row):
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

    class Meta:
        table_name = "orders"


class OrderLine(_Row):
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

    class Meta:
        table_name = "order_lines"


class StockFlag(_Row):
    company = ForeignKeyField(Company)
    company_id: int
    sku = TextField()
    in_stock = BooleanField()
    at = UtcField()
    made_by = TextField()

    class Meta:
        table_name = "stock_flags"
        primary_key = CompositeKey("company", "sku")


class Shipment(_Row):
    """A parcel that left; `state` is an `UploadState`: how far the channel knows of it."""

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


class ShipmentLine(_Row):
    shipment = ForeignKeyField(Shipment, backref="lines")
    shipment_id: int
    line = ForeignKeyField(OrderLine, column_name="line_ref")
    line_ref: int
    quantity = IntegerField()

    class Meta:
        table_name = "shipment_lines"
        primary_key = CompositeKey("shipment", "line")


class Unit(_Row):
    """One piece of a line, counted from 1, and what it is known by; `state` is an `UploadState`."""

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


class PackingLease(_Row):
    order = ForeignKeyField(Order, column_name="order_ref", primary_key=True)
    order_ref: int
    holder = TextField()
    name = TextField()
    since = UtcField()

    class Meta:
        table_name = "packing_leases"


class Operator(_Row):
    """What an account may do; without any row, everybody may do everything."""

    id = AutoField()
    uid = BigIntegerField()
    account = TextField()
    role = TextField()
    may_refund = BooleanField()
    changed_at = UtcField()
    changed_by = TextField()

    class Meta:
        table_name = "operators"


class RefundLimit(_Row):
    """Minor units that an operator may refund alone; None is no limit."""

    operator = ForeignKeyField(Operator, backref="limits")
    operator_id: int
    currency = TextField()
    per_refund = BigIntegerField(null=True)
    per_day = BigIntegerField(null=True)

    class Meta:
        table_name = "refund_limits"
        primary_key = CompositeKey("operator", "currency")


class Approval(_Row):
    """A refund above a limit; `why` says which, `reason` is what who decided said."""

    id = AutoField()
    company = ForeignKeyField(Company)
    company_id: int
    order = ForeignKeyField(Order, column_name="order_ref")
    order_ref: int
    amount = BigIntegerField()
    why = TextField()
    state = TextField()
    made_at = UtcField()
    made_by = TextField()
    made_uid = BigIntegerField()
    decided_at = UtcField(null=True)
    decided_by = TextField(default="")
    decided_uid = BigIntegerField(null=True)
    reason = TextField(default="")

    class Meta:
        table_name = "approvals"


class Refund(_Row):
    """`part` is line, shipping or order; `line` is set for a line.

    `authorised_uid` is the account whose limit it counts against; None where nobody here answers for it.
    """

    id = AutoField()
    order = ForeignKeyField(Order, column_name="order_ref", backref="refunds")
    order_ref: int
    line = ForeignKeyField(OrderLine, column_name="line_ref", null=True)
    line_ref: int | None
    part = TextField()
    amount = BigIntegerField()
    operation = TextField()
    method = TextField()
    date = TextField()
    reference = TextField()
    note = TextField()
    reason = IntegerField(null=True)
    state = TextField()
    made_by = TextField()
    made_at = UtcField()
    job = ForeignKeyField(Job, null=True)
    job_id: int | None
    error = TextField(default="")
    approval = ForeignKeyField(Approval, null=True, backref="refunds")
    approval_id: int | None
    authorised_uid = BigIntegerField(null=True)

    class Meta:
        table_name = "refunds"


class Payment(_Row):
    """Payments history; `kind` is received or refund, the amount is positive for both."""

    id = AutoField()
    order = ForeignKeyField(Order, column_name="order_ref", backref="payments")
    order_ref: int
    kind = TextField()
    at = UtcField()
    method = TextField()
    reference = TextField()
    amount = BigIntegerField()
    refund = ForeignKeyField(Refund, null=True)
    refund_id: int | None

    class Meta:
        table_name = "payments"


class Effect(_Row):
    """A write to the channel; `target` names what it acts on, `expected` what a reading must show once it is done.

    `subject_id` is the row that follows it, of the table that its `kind` says: a refund's, for example.
    """

    id = AutoField()
    kind = TextField()
    target = TextField()
    about = TextField()
    company = ForeignKeyField(Company)
    company_id: int
    order = ForeignKeyField(Order, column_name="order_ref", null=True)
    order_ref: int | None
    subject_id = IntegerField(null=True)
    job = ForeignKeyField(Job)
    job_id: int
    method = TextField()
    path = TextField()
    body = JsonField()
    expected = JsonField()
    state = TextField()
    made_at = UtcField()
    made_by = TextField()
    not_before = UtcField()
    sending_at = UtcField(null=True)
    settled_at = UtcField(null=True)
    answer_status = IntegerField(null=True)
    answer = TextField(default="")
    error = TextField(default="")
    attempts = IntegerField(default=0)

    class Meta:
        table_name = "effects"


class Pause(_Row):
    """Nothing leaves while it stands; `scope` is `all` or a company's id, `cause` is person or token."""

    scope = TextField()
    cause = TextField()
    reason = TextField()
    at = UtcField()
    made_by = TextField()

    class Meta:
        table_name = "pauses"
        primary_key = CompositeKey("scope", "cause")


class InvoiceSettings(_Row):
    """`market` is "" for what holds in all markets that do not say otherwise; `entries` are texts by key."""

    id = AutoField()
    company = ForeignKeyField(Company)
    company_id: int
    market = TextField()
    entries = JsonField()
    version = IntegerField(default=1)
    updated_at = UtcField()

    class Meta:
        table_name = "invoice_settings"


class InvoiceAsset(_Row):
    """What documents refer to by its digest: a wording as JSON, or a logo as base64."""

    digest = TextField(primary_key=True)
    content = TextField()

    class Meta:
        table_name = "invoice_assets"


class InvoiceSeries(_Row):
    id = AutoField()
    company = ForeignKeyField(Company)
    company_id: int
    country = TextField()
    kind = TextField()
    period = TextField()
    last_number = IntegerField()
    last_issued = TextField()

    class Meta:
        table_name = "invoice_series"


class Invoice(_Row):
    """An invoice or a credit note; `way` is how its PDF is made, `pdf` its bytes where it cannot be made again."""

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

    class Meta:
        table_name = "invoices"


class InvoiceRefund(_Row):
    """Which refunds a credit note is about."""

    refund = ForeignKeyField(Refund, primary_key=True)
    refund_id: int
    invoice = ForeignKeyField(Invoice)
    invoice_id: int

    class Meta:
        table_name = "invoice_refunds"


class Note(_Row):
    id = AutoField()
    order = ForeignKeyField(Order, column_name="order_ref", backref="notes")
    order_ref: int
    at = UtcField()
    made_by = TextField()
    text = TextField()

    class Meta:
        table_name = "notes"


class JobOrder(_Row):
    """Which orders a job made or touched; `outcome` is created, updated or refunded."""

    job = ForeignKeyField(Job)
    job_id: int
    order = ForeignKeyField(Order, column_name="order_ref")
    order_ref: int
    outcome = TextField()

    class Meta:
        table_name = "job_orders"
        primary_key = CompositeKey("job", "order")


class ReturnReason(_Row):
    """A reason of a company's own, or a built-in one that it hides."""

    id = AutoField()
    company = ForeignKeyField(Company)
    company_id: int
    name = TextField()
    code = IntegerField()
    hidden = BooleanField(default=False)

    class Meta:
        table_name = "return_reasons"


class Return(_Row):
    """An RMA; `folder_id` is the channel's number of the after-sales folder that it came from."""

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


class ReturnItem(_Row):
    """What comes back of one line; `received` and `damaged` count pieces, `sent_sku` is what went out in exchange."""

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


class ReturnReceipt(_Row):
    """Something that arrived; `differs`: another device than went out."""

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


class ReturnNote(_Row):
    """`kind` is return or merchant."""

    id = AutoField()
    rma = ForeignKeyField(Return, column_name="return_id")
    return_id: int
    kind = TextField()
    at = UtcField()
    made_by = TextField()
    text = TextField()

    class Meta:
        table_name = "return_notes"


class ReturnDocument(_Row):
    """A file of an RMA; `file` is its path below the installation's data folder, `name` what it was called."""

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


class ReturnRefund(_Row):
    """A refund that was issued inside an RMA."""

    refund = ForeignKeyField(Refund, primary_key=True)
    refund_id: int
    rma = ForeignKeyField(Return, column_name="return_id")
    return_id: int

    class Meta:
        table_name = "return_refunds"


class CareFolder(_Row):
    """An after-sales folder as it came; `listed` is the digest of its entry in the list, `payload` the whole folder."""

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


class CareMark(_Row):
    """How far a company's after-sales folders have been read: `modified_until` is the channel's own time."""

    company = ForeignKeyField(Company, primary_key=True)
    company_id: int
    modified_until = UtcField(null=True)
    begun_at = UtcField()
    swept_at = UtcField(null=True)

    class Meta:
        table_name = "care_marks"


class Audit(_Row):
    id = AutoField()
    at = UtcField()
    actor = TextField()
    action = TextField()
    company_id = IntegerField(null=True)
    order_ref = IntegerField(null=True)
    summary = TextField()
    before = JsonField()
    after = JsonField()
    previous_hash = TextField()
    hash = TextField()
    facts = TextField(default="")

    class Meta:
        table_name = "audit"


class AuditHead(_Row):
    """One row: how long the chain of the audit is, and its last hash."""

    id = AutoField()
    length = IntegerField()
    hash = TextField()

    class Meta:
        table_name = "audit_head"


class Drift(_Row):
    """Where store and channel did not agree; `what` is the class, `state` open, repaired or gone."""

    id = AutoField()
    job = ForeignKeyField(Job)
    job_id: int
    company = ForeignKeyField(Company)
    company_id: int
    order_id = BigIntegerField()
    line_id = BigIntegerField(null=True)
    what = TextField()
    here = TextField()
    there = TextField()
    advice = TextField()
    repairable = BooleanField()
    found_at = UtcField()
    state = TextField()

    class Meta:
        table_name = "drifts"


class SavedView(_Row):
    """A query with its sort and columns, on the digit `place` and as a tab."""

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


TABLES: tuple[type[Model], ...] = (
    Company,
    Job,
    JobLog,
    RateLimit,
    DailyBudget,
    SyncMark,
    Inbox,
    Order,
    OrderLine,
    StockFlag,
    Shipment,
    ShipmentLine,
    Unit,
    PackingLease,
    Operator,
    RefundLimit,
    Approval,
    Refund,
    Payment,
    Effect,
    Pause,
    InvoiceSettings,
    InvoiceAsset,
    InvoiceSeries,
    Invoice,
    InvoiceRefund,
    Note,
    JobOrder,
    ReturnReason,
    Return,
    ReturnItem,
    ReturnReceipt,
    ReturnNote,
    ReturnDocument,
    ReturnRefund,
    CareFolder,
    CareMark,
    Audit,
    AuditHead,
    Drift,
    SavedView,
)
