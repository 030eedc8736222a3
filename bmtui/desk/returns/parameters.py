"""Parameters of the actions on returns (RMA) (order-desk §5)."""

from __future__ import annotations

from bmtui.desk.cancellation import parameters as cancel
from bmtui.desk.core.parameter import Kind, Parameter
from bmtui.desk.refunds.parameters import COMMON, LINE, SHIPPING
from bmtui.words import OrderStatus, ReturnApproval, ReturnNoteKind, ReturnResolution, ReturnStatus

ALL = "all"
"""Text that stands for all pieces of a line that can come back."""
LONGEST_NOTE, LONGEST_DESCRIPTION = 4000, 2000

# Create

REASON = Parameter("reason", "Reason for all", Kind.TEXT, "for every line that names none", shape="R")
PIECES = Parameter("line", "Pieces", Kind.NUMBER, "what comes back; repeatable", shape="LINE[=QUANTITY[:REASON]]",
    noun="quantity", hint="0", longest=6, by_line=True, whole=ALL)  # fmt: skip
REASON_OF_LINE = Parameter("line_reason", "its reason", Kind.TEXT, "why this line comes back; repeatable",
    shape="LINE=REASON", by_line=True)  # fmt: skip
DESCRIPTION = Parameter("description", "Description", Kind.NOTE, "what the customer says",
    longest=LONGEST_DESCRIPTION)  # fmt: skip
CREATE = (REASON, PIECES, REASON_OF_LINE, DESCRIPTION)

# Actions on an RMA

ONE_LINE = Parameter("line", "Line", Kind.NUMBER, "only this line", shape="LINE", noun="line number")
NOTE = Parameter("note", "Note", Kind.NOTE, "kept with the RMA", longest=LONGEST_NOTE)
QUANTITY = Parameter("quantity", "Quantity", Kind.NUMBER, "pieces that arrived (all that are missing)", shape="N",
    hint="all that is missing", longest=6, low=1)  # fmt: skip
DAMAGED = Parameter("damaged", "Damaged of it", Kind.NUMBER, "pieces of it that are damaged (0)", default="0",
    shape="N", noun="number of damaged pieces", longest=6)  # fmt: skip
IMEI = Parameter("imei", "IMEI that came", Kind.IDENTIFIER, "IMEI of the device that came back", shape="IMEI",
    hint="scan it", longest=40)  # fmt: skip
SERIAL = Parameter("serial", "Serial number", Kind.IDENTIFIER, "its serial number", shape="SERIAL", longest=50)
APPROVAL = Parameter("approval", "Approval", Kind.CHOICE, choices=tuple(ReturnApproval), required=True)
RESOLUTION = Parameter("resolution", "Resolution", Kind.CHOICE, choices=tuple(ReturnResolution), required=True,
    option="RESOLUTION")  # fmt: skip
SKU = Parameter("sku", "SKU sent instead", Kind.TEXT, "what goes out in replacement or exchange", shape="SKU",
    hint="of Replace and Exchange", longest=100)  # fmt: skip
SENT_TRACKING = Parameter("tracking", "Its tracking", Kind.TRACKING, "its tracking number", shape="T",
    hint="of Replace, Exchange, Repair", longest=200)  # fmt: skip
STATUS = Parameter("status", "Status", Kind.CHOICE, choices=tuple(ReturnStatus), required=True)
TEXT = Parameter("text", "Note", Kind.NOTE, "the note", required=True, option="text", longest=LONGEST_NOTE)
KIND = Parameter("kind", "Kind", Kind.CHOICE, choices=tuple(ReturnNoteKind), default=ReturnNoteKind.MERCHANT,
    shape="KIND")  # fmt: skip
TRACKING = Parameter("tracking", "Tracking number", Kind.TRACKING, "the number of the parcel", required=True, shape="T",
    longest=200)  # fmt: skip
CARRIER = Parameter("carrier", "Carrier", Kind.TEXT, "with whom it travels", shape="C", longest=200)
URL = Parameter("url", "Tracking URL", Kind.TEXT, "where it can be followed", shape="U", longest=300)
NEW_STATUS = Parameter("status", cancel.STATUS.label, Kind.CHOICE, choices=cancel.STATUSES,
    default=OrderStatus.CANCELLED, shape="STATUS")  # fmt: skip

RECEIVE = (ONE_LINE, IMEI, SERIAL, QUANTITY, DAMAGED, NOTE)
APPROVE = (ONE_LINE, APPROVAL)
RESOLVE = (ONE_LINE, RESOLUTION, SKU, SENT_TRACKING, NOTE)
SET_STATUS = (STATUS, NOTE)
ADD_NOTE = (TEXT, KIND)
TRACK = (TRACKING, CARRIER, URL)
CANCEL = (NEW_STATUS, NOTE)
REFUND = (LINE, SHIPPING, *COMMON)
"""Parameters of a refund inside an RMA: lines are refunded, not the order as a whole."""
