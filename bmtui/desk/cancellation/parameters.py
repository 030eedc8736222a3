"""Parameters of cancellations (order-desk §3)."""

from __future__ import annotations

from bmtui.desk.core.parameter import Kind, Parameter
from bmtui.desk.orders.parameters import LONGEST_NOTE
from bmtui.words import OrderStatus

STATUSES = (OrderStatus.CANCELLED, OrderStatus.ON_HOLD, OrderStatus.PROBLEM_ORDER, OrderStatus.VOID)
BACK = (OrderStatus.IN_PROCESS, OrderStatus.COMPLETED)
"""Statuses that follow from the channel's state, to which an order can be brought back."""

STATUS = Parameter("status", "New Status", Kind.CHOICE, choices=STATUSES, required=True, shape="STATUS")
NOTE = Parameter("note", "Note", Kind.NOTE, "why; a note is suggested by the status", hint="why?", longest=LONGEST_NOTE)
LINE = Parameter(
    "line", "Cancel it", Kind.TOGGLE, "only this line; repeatable", shape="LINE", by_line=True, whole="yes"
)

CANCEL = (STATUS, NOTE)
ON_CHANNEL = (LINE,)
