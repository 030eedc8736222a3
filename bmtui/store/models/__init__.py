"""The tables as peewee models; `migrations/` makes them. Rows do not leave `store/`, `queue/` and `desk/`."""

from __future__ import annotations

from peewee import Model

from bmtui.store.models.care import CareFolder
from bmtui.store.models.companies import CareMark, Company, SyncMark
from bmtui.store.models.fields import JsonField, NameField, UtcField, database, from_micros, to_micros
from bmtui.store.models.invoices import Invoice, InvoiceAsset, InvoiceRefund, InvoiceSeries, InvoiceSettings
from bmtui.store.models.marks import StoreMark
from bmtui.store.models.money import Approval, Drift, Payment, Refund
from bmtui.store.models.orders import Inbox, JobOrder, Note, Order, OrderLine, SavedView, StockFlag
from bmtui.store.models.outbox import Effect, Pause
from bmtui.store.models.people import Audit, AuditHead, Operator, RefundLimit
from bmtui.store.models.queue import DailyBudget, Job, JobLog, RateLimit
from bmtui.store.models.returns import (
    Return,
    ReturnDocument,
    ReturnItem,
    ReturnNote,
    ReturnReason,
    ReturnReceipt,
    ReturnRefund,
)
from bmtui.store.models.shipping import PackingLease, Shipment, ShipmentLine, Unit

__all__ = [
    "TABLES",
    "Approval",
    "Audit",
    "AuditHead",
    "CareFolder",
    "CareMark",
    "Company",
    "DailyBudget",
    "Drift",
    "Effect",
    "Inbox",
    "Invoice",
    "InvoiceAsset",
    "InvoiceRefund",
    "InvoiceSeries",
    "InvoiceSettings",
    "Job",
    "JobLog",
    "JobOrder",
    "JsonField",
    "NameField",
    "Note",
    "Operator",
    "Order",
    "OrderLine",
    "PackingLease",
    "Pause",
    "Payment",
    "RateLimit",
    "Refund",
    "RefundLimit",
    "Return",
    "ReturnDocument",
    "ReturnItem",
    "ReturnNote",
    "ReturnReason",
    "ReturnReceipt",
    "ReturnRefund",
    "SavedView",
    "Shipment",
    "ShipmentLine",
    "StockFlag",
    "StoreMark",
    "SyncMark",
    "Unit",
    "UtcField",
    "database",
    "from_micros",
    "to_micros",
]

TABLES: tuple[type[Model], ...] = (
    StoreMark,
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
