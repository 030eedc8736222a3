"""Kinds of rows of a billing statement, and reasons why a row does not match the store."""

from __future__ import annotations

import re
import unicodedata

from bmtui.desk.sync import reconcile
from bmtui.words import LabelledEnum


class RowKind(LabelledEnum):
    """Kind of a statement row; `PAYOUT` is the total that Back Market states, and part of no sum."""

    SALE = "sale"
    REFUND = "refund"
    COMMISSION = "commission"
    DISCOUNT = "discount"
    ADJUSTMENT = "adjustment"
    SHIPPING = "shipping"
    OTHER = "other"
    PAYOUT = "payout"


class RowProblem(LabelledEnum):
    """Reason why a row is not explained; '' in the store means explained."""

    NO_SUCH_ORDER = "no_such_order"
    NO_SUCH_LINE = "no_such_line"
    REFUND_NOT_KNOWN_HERE = reconcile.REFUND_NOT_KNOWN_HERE
    FEE_DIFFERS = "fee_differs"
    AMOUNT_DIFFERS = "amount_differs"
    ADJUSTMENT_NOT_KNOWN = "adjustment_not_known"
    TWICE = "twice"
    NOT_EXPLAINED = "not_explained"


_WORDS: tuple[tuple[RowKind, str], ...] = (
    (RowKind.PAYOUT, r"payout|pay-out|total|virement|auszahlung|balance"),
    (RowKind.ADJUSTMENT, r"adjustment|sales_dp_adjustment|ajustement|anpassung|ajuste|rettifica|correction|korrektur"),
    (RowKind.COMMISSION, r"commission\w*|comision\w*|commissione|provision\w*|comissao"),
    (RowKind.REFUND, r"refund\w*|rembours\w*|erstattung\w*|ruckerstattung\w*|reembols\w*|rimborso|terugbetaling"),
    (RowKind.DISCOUNT, r"discount\w*|remise\w*|rabatt\w*|descuento\w*|sconto|korting|coupon\w*|voucher\w*"),
    (RowKind.SHIPPING, r"shipping|delivery|livraison|port|versand\w*|envio|spedizione|verzending|transport"),
    (RowKind.SALE, r"sale|sales|vente\w*|verkauf\w*|venta\w*|vendita|verkoop|order|orders|commande"),
    (RowKind.COMMISSION, r"fee|fees|frais|gebuhr\w*"),
)
"""Words of each kind in designations, without accents; the first kind that fits counts."""
_PATTERNS = tuple((kind, re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])")) for kind, words in _WORDS)


def kind_of(designation: str) -> RowKind:
    """Return the kind that a designation names; `OTHER` where it names no known one."""
    spread = unicodedata.normalize("NFKD", designation.casefold())
    bare = "".join(char for char in spread if not unicodedata.combining(char))
    return next((kind for kind, pattern in _PATTERNS if pattern.search(bare)), RowKind.OTHER)
