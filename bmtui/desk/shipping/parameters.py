"""Parameters of shipping and of giving identifiers (order-desk §3)."""

from __future__ import annotations

from bmtui.desk.core.parameter import Kind, Parameter

ALL = "all"
"""Text that stands for all pieces of a line that are left."""

CARRIER = Parameter("carrier", "Carrier", Kind.TEXT, "the carrier (that of the order)", shape="C", hint="such as UPS",
    longest=200, headings=("shipper", "shipping carrier"))  # fmt: skip
TRACKING = Parameter("tracking", "Tracking number", Kind.TRACKING, "its number; BackShip orders have one already",
    shape="T", hint="as on the label", longest=250, headings=("tracking_number", "tracking number"))  # fmt: skip
URL = Parameter("url", "Tracking URL", Kind.TEXT, "where it can be followed (the carrier's template)", shape="U",
    hint="from the carrier's template", headings=("tracking_url", "tracking url"))  # fmt: skip
DATE = Parameter("date", "Ship date", Kind.TIME, "ship date, in the company's time zone (now)", shape="D", hint="now",
    longest=25, headings=("ship date", "shipped", "date_shipping"))  # fmt: skip
LINE = Parameter("line", "ships now", Kind.NUMBER, "a line that ships now, and its pieces; repeatable",
    shape="LINE[=PIECES]",
    noun="number of pieces", by_line=True, whole=ALL)  # fmt: skip
IDENTIFIER = Parameter("identifier", "IMEI or serial number", Kind.IDENTIFIER,
    "IMEI or serial number of a piece; imei: or serial: in front says which; repeatable", shape="LINE=VALUE",
    longest=500, by_line=True, between=",")  # fmt: skip
OVERRIDE = Parameter("override", "Override reason", Kind.TEXT,
    "why an identifier is correct although a check doubts it", shape="REASON", hint="only if the check is wrong",
    longest=200, headings=("reason",))  # fmt: skip
OVERRIDE_TRACKING = Parameter("override_tracking", "Override tracking", Kind.TEXT,
    "why the number is correct although a check doubts it", shape="REASON", hint="only when its check is wrong",
    longest=200)  # fmt: skip
OVERRIDE_MISSING = Parameter("override_missing", "Override missing", Kind.TEXT,
    "why it is shipped without the IMEI or serial number that the policy requires", shape="REASON",
    hint="only if a required number is missing", longest=200)  # fmt: skip

SHIPMENT_NOTE = Parameter("note", "Note", Kind.TEXT, "why, for the audit", longest=500)

IDENTIFY = (IDENTIFIER, OVERRIDE)
PARCEL = (TRACKING, CARRIER, URL, DATE, OVERRIDE, OVERRIDE_TRACKING, OVERRIDE_MISSING)
"""Parameters of a parcel, also columns of a shipment file."""
SHIP = (TRACKING, CARRIER, URL, DATE, LINE, IDENTIFIER, OVERRIDE, OVERRIDE_TRACKING, OVERRIDE_MISSING)
