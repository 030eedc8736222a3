"""Enums of the order desk: statuses, operations and methods, with the stored word (also used in JSON) and its label.

Names and codes are those of order-desk §§3–6; operators who come from other tools know them.
"""

from __future__ import annotations

from enum import StrEnum


class LabelledEnum(StrEnum):
    """Base of the enums: the value is the stored word, `label` the text on screens."""

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
    """Status of an order on Back Market, derived from its lines; an unknown state *n* is stored as `unknown_n`."""

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
    """Back Market returned more money than was received; a person has to check this refund."""
    EXCESS_SETTLED = "excess_settled"


class ApprovalState(LabelledEnum):
    """State of the approval that a refund above a limit needs."""

    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class DriftClass(LabelledEnum):
    """Kind of difference between the store and the channel, found by a reconciliation."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    STATE = "state"
    AMOUNT = "amount"
    TRACKING = "tracking"
    IDENTIFIERS = "identifiers"
    REFUNDS = "refunds"
    INVOICE = "invoice"


class DriftState(LabelledEnum):
    """State of a difference: still open, repaired, or gone when the two were compared again."""

    OPEN = "open"
    REPAIRED = "repaired"
    GONE = "gone"


class StoreEvent(LabelledEnum):
    """Event of the store as a whole (restored, copied) after which some of its data is uncertain."""

    RESTORED = "restored"
    COPIED_TO = "copied_to"
    COPIED_FROM = "copied_from"


class Role(LabelledEnum):
    """Rights of an account: read only; everything with orders; also settings and accounts."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class IdentifierState(LabelledEnum):
    """State on the channel of the IMEI or serial numbers of an order line, as scripts read it."""

    REGISTERED = "registered"
    WAITING = "waiting"
    NOT_APPLIED = "not_applied"
    UNKNOWN = "unknown"
    FAILED = "failed"
    KEPT_HERE = "kept_here"


class UploadState(LabelledEnum):
    """State of the upload of a shipment, or of the IMEI or serial number of a unit, to the channel."""

    KEPT = "kept"
    """Kept in the store only: the channel cannot take a part of an order, or several units of one line."""
    WAITING = "waiting"
    """Identifier that is sent once the shipment of its unit is confirmed (API §6)."""
    QUEUED = "queued"
    SENDING = "sending"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"
    NOT_APPLIED = "not_applied"
    """The channel answered with success but does not show the value, as an IMEI of what is no phone (API §11)."""
    NOTIFIED = "notified"
    """Marked by a person: the channel was told in another way than by bmtui."""
    DISMISSED = "dismissed"
    """Marked as void by a person."""


class Coded(LabelledEnum):
    """Enum whose `code` in other tools is the position of the member, from 0 (order-desk §5)."""

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
    """Kind of a write to the channel."""

    ACCEPT = "accept"
    CANCEL_ON_CHANNEL = "cancel_on_channel"
    SHIP = "ship"
    IDENTIFIERS = "identifiers"
    REFUND = "refund"
    INVOICE = "invoice"
    MESSAGE = "message"


class EffectState(LabelledEnum):
    """State of a write to the channel (reliability §1)."""

    PLANNED = "planned"
    SENDING = "sending"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    NEEDS_PERSON = "needs_person"
    NOT_APPLIED = "not_applied"
    """Back Market answered 200 and shows no change. The write has ended, but a person decides on the next step."""
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
    """State of a notification about an event; a dead one is sent again only when a person asks for it."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    DROPPED = "dropped"


class Priority(LabelledEnum):
    """Priority of a job; jobs of a higher one are claimed first."""

    BELOW_NORMAL = "below_normal"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Priority).index(self)


UPLOAD_VOID = (UploadState.WITHDRAWN, UploadState.DISMISSED)
"""States of an upload that is void: such a shipment did not leave and is not counted."""

JOB_LIVE = (JobStatus.SUBMITTED, JobStatus.PROCESSING, JobStatus.ON_HOLD)
"""States of a job that has not ended."""

CLOCK_RUNS = (ChannelStatus.TO_ACCEPT, ChannelStatus.TO_SHIP, ChannelStatus.PARTLY_SHIPPED)
"""Channel statuses of an order for which the channel still expects a parcel, so that its ship-by time counts."""

CLOCK_STOPPED = (OrderStatus.CANCELLED, OrderStatus.VOID, OrderStatus.COMPLETED)
"""Order statuses in which the ship-by time no longer counts: the order is shipped, or will not be."""

REFUND_NOT_MADE = (RefundState.FAILED, RefundState.WITHDRAWN, RefundState.REJECTED)
"""States of a refund that returned no money."""

REFUND_EXCESS = (RefundState.EXCESS, RefundState.EXCESS_SETTLED)
"""States of a refund that returned more money than was received."""

REFUND_NOT_COUNTED = (*REFUND_NOT_MADE, *REFUND_EXCESS)
"""States of a refund that does not reduce the refundable amount; refunds in any other state do (order-desk §4)."""

REFUND_UNDER_WAY = (RefundState.AWAITING_APPROVAL, RefundState.QUEUED, RefundState.SENDING, RefundState.UNKNOWN)
"""States of a refund that may still fail."""

EFFECT_LIVE = (EffectState.PLANNED, EffectState.SENDING, EffectState.UNKNOWN, EffectState.NEEDS_PERSON)
"""States of an effect that is not settled: no second effect for the same target may be planned."""

EFFECT_IN_HAND = (EffectState.PLANNED, EffectState.SENDING, EffectState.UNKNOWN)
"""States of an effect that its job continues by itself."""

EFFECT_OF_PERSON = (EffectState.NEEDS_PERSON, EffectState.NOT_APPLIED)
"""States of an effect that waits for the decision of a person."""

SENDING_JOBS = {
    EffectKind.ACCEPT: JobType.ACCEPTANCE,
    EffectKind.CANCEL_ON_CHANNEL: JobType.CHANNEL_CANCELLATION,
    EffectKind.SHIP: JobType.FULFILMENT_UPLOAD,
    EffectKind.IDENTIFIERS: JobType.SERIAL_NUMBER_UPLOAD,
    EffectKind.REFUND: JobType.REFUND,
    EffectKind.INVOICE: JobType.INVOICE_UPLOAD,
    EffectKind.MESSAGE: JobType.AFTER_SALES_MESSAGE,
}
"""Type of the job that sends the effects of a kind."""

_LABELS = {
    # Label of refunds and uploads, too (order-desk §4).
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
    """Return the text on screens for a stored word, known to this release or not: `unknown_12` → ``Unknown (12)``."""
    if word.startswith("unknown_"):
        return f"Unknown ({word.removeprefix('unknown_')})"
    return _LABELS.get(word) or word.replace("_", " ").capitalize()
