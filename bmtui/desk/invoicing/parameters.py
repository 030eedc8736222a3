"""Parameters of making an invoice."""

from __future__ import annotations

from bmtui.desk.core.parameter import Kind, Parameter

BUYER_VAT_ID = Parameter("buyer_vat_id", "VAT id of the buyer", Kind.TAX_ID,
    "of a buyer who owes the tax; for one order", shape="ID", longest=60)  # fmt: skip

MAKE = (BUYER_VAT_ID,)
