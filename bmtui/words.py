"""The words of the field: statuses, operations and methods, as stored, as in JSON, and as shown.

Their names and codes are those of order-desk §§3–6; operators who come from other tools know them.
"""

from __future__ import annotations

from enum import StrEnum


class LabelledEnum(StrEnum):
    """A stored word; `label` is what a person reads."""

    @property
    def label(self) -> str:
        return label(self.value)


class OrderStatus(LabelledEnum):
    CANCELLED = "cancelled"
    SHOPPING_CART = "shopping_cart"
    IN_PROCESS = "in_process"
    COMPLETED = "completed"
    PROBLEM_ORDER = "problem_order"
    ON_HOLD = "on_hold"
    VOID = "void"


class ShippingStatus(LabelledEnum):
    UNSHIPPED = "unshipped"
    PARTIALLY_SHIPPED = "partially_shipped"
    FULLY_SHIPPED = "fully_shipped"


class PaymentStatus(LabelledEnum):
    NO_PAYMENT = "no_payment"
    CHARGED = "charged"
    PARTIALLY_REFUNDED = "partially_refunded"
    FULLY_REFUNDED = "fully_refunded"


class ChannelStatus(LabelledEnum):
    """What Back Market says, derived from the lines; an unknown state *n* is stored as `unknown_n`."""

    AWAITING_PAYMENT = "awaiting_payment"
    TO_ACCEPT = "to_accept"
    TO_SHIP = "to_ship"
    SHIPPED = "shipped"
    PARTLY_SHIPPED = "partly_shipped"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    UNPAID = "unpaid"


class RefundOperation(LabelledEnum):
    REFUND_ON_BACK_MARKET = "refund_on_back_market"
    ISSUE_REFUND = "issue_refund"
    ISSUE_REFUND_CHECK = "issue_refund_check"


class RefundMethod(LabelledEnum):
    CASH = "cash"
    EMAIL = "email"
    GIFT_CERTIFICATE = "gift_certificate"
    OTHER = "other"
    PAYPAL = "paypal"
    PURCHASE_ORDER = "purchase_order"
    TELEPHONE = "telephone"
    WIRE = "wire"


class RefundState(LabelledEnum):
    RECORDED = "recorded"
    QUEUED = "queued"
    SENDING = "sending"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"
    AWAITING_APPROVAL = "awaiting_approval"
    REJECTED = "rejected"
    EXCESS = "excess"
    """Back Market returned it above what was received; a person looks at it."""
    EXCESS_SETTLED = "excess_settled"


class ApprovalState(LabelledEnum):
    """What became of a refund above a limit."""

    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class DriftClass(LabelledEnum):
    """Where store and channel do not agree."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    STATE = "state"
    AMOUNT = "amount"
    TRACKING = "tracking"
    IDENTIFIERS = "identifiers"
    REFUNDS = "refunds"
    INVOICE = "invoice"


class DriftState(LabelledEnum):
    """Whether a difference stands, was repaired, or was not found any more."""

    OPEN = "open"
    REPAIRED = "repaired"
    GONE = "gone"


class StoreEvent(LabelledEnum):
    """What happened to the store as a whole, and makes some of what it holds uncertain."""

    RESTORED = "restored"
    COPIED_TO = "copied_to"
    COPIED_FROM = "copied_from"


class Role(LabelledEnum):
    """What an account may do: look; do all with orders; also settings and accounts."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class IdentifierState(LabelledEnum):
    """How far the channel knows what a line's pieces are known by, as scripts read it."""

    REGISTERED = "registered"
    WAITING = "waiting"
    NOT_APPLIED = "not_applied"
    UNKNOWN = "unknown"
    FAILED = "failed"
    KEPT_HERE = "kept_here"


class UploadState(LabelledEnum):
    """How far the channel knows of a shipment, or of what a unit is known by."""

    KEPT = "kept"
    """Only here: the channel cannot take it, as with a part of an order, or several units in a line."""
    WAITING = "waiting"
    """What a unit is known by leaves after its shipment was confirmed (API §6)."""
    QUEUED = "queued"
    SENDING = "sending"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"
    NOT_APPLIED = "not_applied"
    """The channel answered that it took it, and does not show it, as an IMEI of what is no phone (API §11)."""
    NOTIFIED = "notified"
    """Somebody says that the channel knows of it, by other ways than ours."""
    DISMISSED = "dismissed"
    """Somebody says that it is void."""


class Coded(LabelledEnum):
    """A word whose code in other tools is its place among the others (order-desk §5)."""

    @property
    def code(self) -> int:
        return list(type(self)).index(self)


class ReturnStatus(Coded):
    OPEN = "open"
    ON_HOLD = "on_hold"
    PROCESSING = "processing"
    CLOSED = "closed"


class ReturnApproval(Coded):
    UNDECIDED = "undecided"
    APPROVED = "approved"
    REJECTED = "rejected"


class ReturnReceived(Coded):
    NOT_RECEIVED = "not_received"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"


class ReturnResolution(Coded):
    NOT_DECIDED = "not_decided"
    REFUND = "refund"
    REPLACE = "replace"
    REJECT = "reject"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    NO_ACTION_NEEDED = "no_action_needed"


class ReturnNoteKind(LabelledEnum):
    RETURN = "return"
    MERCHANT = "merchant"


class EffectKind(LabelledEnum):
    """What is written to the channel."""

    ACCEPT = "accept"
    CANCEL_ON_CHANNEL = "cancel_on_channel"
    SHIP = "ship"
    IDENTIFIERS = "identifiers"
    REFUND = "refund"
    INVOICE = "invoice"
    MESSAGE = "message"


class EffectState(LabelledEnum):
    """Reliability §1: a write on its way to the channel."""

    PLANNED = "planned"
    SENDING = "sending"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    NEEDS_PERSON = "needs_person"
    NOT_APPLIED = "not_applied"
    """Back Market answered 200, and what it shows says that nothing was done. Over, but a person decides what next."""
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        # As refunds and uploads call it (order-desk §4): Rejected is what somebody here decides.
        return label("failed" if self is EffectState.REJECTED else self.value)


class JobStatus(LabelledEnum):
    SUBMITTED = "submitted"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    PARTIAL_SUCCESS = "partial_success"
    ON_HOLD = "on_hold"
    CANCELLED = "cancelled"


class JobType(LabelledEnum):
    ORDER_DOWNLOAD = "order_download"
    ORDER_CREATION = "order_creation"
    ACCEPTANCE = "acceptance"
    FULFILMENT_UPLOAD = "fulfilment_upload"
    SERIAL_NUMBER_UPLOAD = "serial_number_upload"
    REFUND = "refund"
    CHANNEL_CANCELLATION = "channel_cancellation"
    INVOICE = "invoice"
    INVOICE_UPLOAD = "invoice_upload"
    AFTER_SALES_MESSAGE = "after_sales_message"
    AFTER_SALES_DOWNLOAD = "after_sales_download"
    RECONCILIATION = "reconciliation"
    NOTIFICATION = "notification"
    VIEW_EXPORT = "view_export"
    PAPERS = "papers"


class DeliveryState(LabelledEnum):
    """Of an event on its way to people; nobody tries a dead one again unless somebody asks for it."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    DROPPED = "dropped"


class Priority(LabelledEnum):
    """Of a job; higher ones are claimed first."""

    BELOW_NORMAL = "below_normal"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Priority).index(self)


UPLOAD_VOID = (UploadState.WITHDRAWN, UploadState.DISMISSED)
"""A shipment in one of these did not leave: it counts no more."""

JOB_LIVE = (JobStatus.SUBMITTED, JobStatus.PROCESSING, JobStatus.ON_HOLD)
"""A job in one of these has not ended."""

CLOCK_RUNS = (ChannelStatus.TO_ACCEPT, ChannelStatus.TO_SHIP, ChannelStatus.PARTLY_SHIPPED)
"""The channel expects a parcel of an order in one of these."""

CLOCK_STOPPED = (OrderStatus.CANCELLED, OrderStatus.VOID, OrderStatus.COMPLETED)
"""Nobody here will ship an order in one of these, or somebody did."""

REFUND_NOT_MADE = (RefundState.FAILED, RefundState.WITHDRAWN, RefundState.REJECTED)
"""A refund in one of these returned no money."""

REFUND_EXCESS = (RefundState.EXCESS, RefundState.EXCESS_SETTLED)
"""A refund in one of these returned money above what was received."""

REFUND_NOT_COUNTED = (*REFUND_NOT_MADE, *REFUND_EXCESS)
"""Every other refund counts against what is refundable (order-desk §4)."""

REFUND_UNDER_WAY = (RefundState.AWAITING_APPROVAL, RefundState.QUEUED, RefundState.SENDING, RefundState.UNKNOWN)
"""A refund in one of these may still fail."""

EFFECT_LIVE = (EffectState.PLANNED, EffectState.SENDING, EffectState.UNKNOWN, EffectState.NEEDS_PERSON)
"""An effect in one of these is not settled: no second one for the same target may be planned."""

EFFECT_IN_HAND = (EffectState.PLANNED, EffectState.SENDING, EffectState.UNKNOWN)
"""An effect in one of these is for its job to bring on."""

EFFECT_OF_PERSON = (EffectState.NEEDS_PERSON, EffectState.NOT_APPLIED)
"""An effect in one of these waits for a person who looks and decides."""

SENDING_JOBS = {
    EffectKind.ACCEPT: JobType.ACCEPTANCE,
    EffectKind.CANCEL_ON_CHANNEL: JobType.CHANNEL_CANCELLATION,
    EffectKind.SHIP: JobType.FULFILMENT_UPLOAD,
    EffectKind.IDENTIFIERS: JobType.SERIAL_NUMBER_UPLOAD,
    EffectKind.REFUND: JobType.REFUND,
    EffectKind.INVOICE: JobType.INVOICE_UPLOAD,
    EffectKind.MESSAGE: JobType.AFTER_SALES_MESSAGE,
}
"""The type of the job that sends effects of a kind."""

_LABELS = {
    # What refunds and uploads call it, too (order-desk §4).
    "planned": "Queued",
    "in_process": "In Process",
    "problem_order": "Problem Order",
    "on_hold": "On Hold",
    "shopping_cart": "Shopping Cart",
    "fully_shipped": "Fully Shipped",
    "partially_shipped": "Partially Shipped",
    "no_payment": "No Payment",
    "partially_refunded": "Partially Refunded",
    "fully_refunded": "Fully Refunded",
    "refund_on_back_market": "Refund on Back Market",
    "issue_refund": "Issue Refund",
    "issue_refund_check": "Issue Refund Check",
    "gift_certificate": "Gift Certificate/Card",
    "paypal": "PayPal",
    "purchase_order": "Purchase Order",
    "needs_person": "Needs a person",
    "partial_success": "Partial Success",
    "below_normal": "Below Normal",
    "cancel_on_channel": "Cancel on Back Market",
    "identifiers": "IMEI and serial numbers",
    "kept": "Kept here",
    "notified": "Marked notified",
    "fulfilment_upload": "Fulfilment upload",
    "after_sales_message": "After-sales message",
    "after_sales_download": "After-sales download",
}


def label(word: str) -> str:
    """What a person reads for a stored word that may be unknown here: `unknown_12` → ``Unknown (12)``."""
    if word.startswith("unknown_"):
        return f"Unknown ({word.removeprefix('unknown_')})"
    return _LABELS.get(word) or word.replace("_", " ").capitalize()
