"""Parameters of an item transfer that is reported to Back Market."""

from __future__ import annotations

from bmtui.channel.uploads import TRANSFER_ACTIONS
from bmtui.desk.core.parameter import Kind, Parameter

ACTION = Parameter("action", "Action", Kind.CHOICE, choices=tuple(TRANSFER_ACTIONS), required=True, shape="A")
CARRIER = Parameter("carrier", "Carrier", Kind.TEXT, "with whom it travels", required=True, shape="C", longest=200)
TRACKING = Parameter("tracking", "Tracking number", Kind.TRACKING, "the number of the parcel", required=True, shape="T",
    longest=200)  # fmt: skip

TRANSFER = (ACTION, CARRIER, TRACKING)
