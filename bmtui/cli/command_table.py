"""Table of all commands: name, module and one line of help.

`bmtui --help` and `bmtui --version` read nothing else, and `bmtui COMMAND` imports that command's module alone: all of
them together cost half a second. `orders` is a group with commands of many subjects, and has a table of its own.
"""

from __future__ import annotations

from typing import NamedTuple


class TableEntry(NamedTuple):
    """Row of the command table; `module` has ``register(commands, common)``, which adds the command's parser."""

    module: str
    help: str


COMMANDS: dict[str, TableEntry] = {
    "demo": TableEntry("bmtui.cli.sandbox.demo", "try it: a practice marketplace, a first download, then the desk"),
    "sandbox": TableEntry("bmtui.cli.sandbox.sandbox", "a practice Back Market on this machine"),
    "worker": TableEntry("bmtui.cli.operations.worker", "run due jobs until stopped"),
    "company": TableEntry("bmtui.cli.companies.company", "companies and their settings"),
    "shadow": TableEntry("bmtui.cli.sync.shadow", "shadow mode: bmtui reads and compares, another system sends"),
    "moving-in": TableEntry("bmtui.cli.moving_in.moving_in", "change over from another system: checklist and imports"),
    "orders": TableEntry("bmtui.cli.orders.orders", "download, find, show, cancel and refund orders"),
    "acceptance": TableEntry("bmtui.cli.acceptance.accept", "the rule that accepts orders automatically"),
    "identifiers": TableEntry("bmtui.cli.shipping.identifiers", "which SKUs need an IMEI or a serial number"),
    "scan-commands": TableEntry(
        "bmtui.cli.overview.packing_documents", "make a sheet of the scan station's command barcodes"
    ),
    "shipments": TableEntry("bmtui.cli.shipping.ship", "shipments, and the state of their upload to Back Market"),
    "returns": TableEntry("bmtui.cli.returns.returns", "RMAs: create, receive, decide and refund returns"),
    "care": TableEntry("bmtui.cli.after_sales.folders", "after-sales folders: messages of customers, and answers"),
    "invoices": TableEntry(
        "bmtui.cli.invoicing.invoices", "make, show, send, export and verify invoices and credit notes"
    ),
    "money": TableEntry(
        "bmtui.cli.accounts.money", "billing statements, purchase costs, VAT of a period, and the figures of a month"
    ),
    "jobs": TableEntry("bmtui.cli.jobs.jobs", "jobs: running, done and failed"),
    "outbox": TableEntry("bmtui.cli.outbox.outbox", "writes to Back Market that wait, or whose outcome is unknown"),
    "approvals": TableEntry("bmtui.cli.refunds.approvals", "refunds above a limit, which a second person decides"),
    "numbers": TableEntry(
        "bmtui.cli.operations.numbers", "series of invoices and RMAs, and their last number after a restore"
    ),
    "reconcile": TableEntry("bmtui.cli.sync.reconcile", "compare the store with Back Market; 6 when they differ"),
    "audit": TableEntry("bmtui.cli.operations.audit", "the audit: who did what, and whether rows were changed"),
    "users": TableEntry("bmtui.cli.operations.users", "what each account may do, and its limits of refunds"),
    "notify": TableEntry("bmtui.cli.notifications.notify", "notifications: the ways, and the events"),
    "rules": TableEntry("bmtui.cli.rules.rules", "automatic actions: when, if, then; tried before they run"),
    "views": TableEntry("bmtui.cli.orders.views", "saved queries, the tabs of the order search"),
    "store": TableEntry("bmtui.cli.operations.store", "move the installation to another database"),
    "doctor": TableEntry(
        "bmtui.cli.operations.doctor", "find problems and say what to do; exits with 1 if there is one"
    ),
    "info": TableEntry("bmtui.cli.operations.info", "every path of this installation, and where each value came from"),
    "config": TableEntry("bmtui.cli.operations.info", "bmtui.toml: its keys, and changing them"),
    "backup": TableEntry("bmtui.cli.operations.backup", "write a verified copy of the store, while bmtui runs"),
    "restore": TableEntry(
        "bmtui.cli.operations.backup", "replace the store by a backup, or restore into a new database"
    ),
    "purge": TableEntry("bmtui.cli.operations.privacy", "remove personal data from orders that ended long ago"),
    "privacy": TableEntry("bmtui.cli.operations.privacy", "list the stored data of one person"),
    "today": TableEntry("bmtui.cli.overview.today", "what needs you, most urgent first; 6 while it is late or unknown"),
    "totals": TableEntry("bmtui.cli.orders.totals", "totals of the orders of a query, per currency"),
    "metrics": TableEntry(
        "bmtui.cli.operations.metrics", "numbers about orders, jobs and the outbox as Prometheus text"
    ),
    "deploy": TableEntry(
        "bmtui.cli.operations.deploy", "files for a server: systemd, container, SSH, completion, man page"
    ),
    "help": TableEntry("bmtui.cli.help", "guides: quick start, screens, keys, security, troubleshooting …"),
}
"""Commands by name, in the order of the help."""


ORDERS: dict[str, TableEntry] = {
    "download": TableEntry("bmtui.cli.orders.downloads", "download orders from the channel"),
    "refresh": TableEntry("bmtui.cli.orders.downloads", "read stored orders from Back Market again, now"),
    "sync": TableEntry("bmtui.cli.orders.downloads", "download what changed since the last time"),
    "search": TableEntry("bmtui.cli.orders.search", "find orders, newest first"),
    "show": TableEntry("bmtui.cli.orders.order", "show an order"),
    "evidence": TableEntry("bmtui.cli.orders.order", "write all that is known of an order to a PDF or JSON file"),
    "note": TableEntry("bmtui.cli.orders.order", "add a note to an order"),
    "paper-name": TableEntry("bmtui.cli.orders.order", "set the name printed on invoices and packing slips"),
    "cancel": TableEntry("bmtui.cli.cancellation.cancel", "cancel an unshipped order internally; nothing is sent"),
    "status": TableEntry("bmtui.cli.cancellation.cancel", "set an order's status in bmtui only; nothing is sent"),
    "cancel-many": TableEntry("bmtui.cli.cancellation.cancel", "cancel several unshipped orders internally"),
    "cancel-on-channel": TableEntry("bmtui.cli.cancellation.cancel", "cancel an order, or lines of it, on Back Market"),
    "refund": TableEntry("bmtui.cli.refunds.refund", "issue a refund; without amounts, all that can be refunded"),
    "refund-many": TableEntry(
        "bmtui.cli.refunds.refund_many", "issue refunds of several orders, with a result for each"
    ),
    "refund-void": TableEntry(
        "bmtui.cli.refunds.refund_void", "void a recorded refund that paid nobody; nothing is sent"
    ),
    "refund-excess": TableEntry("bmtui.cli.refunds.refund_void", "settle a refund above the received amount"),
    "accept": TableEntry("bmtui.cli.acceptance.accept", "accept orders: Back Market then expects them to ship"),
    "due": TableEntry(
        "bmtui.cli.acceptance.accept", "orders to ship, most urgent first; exits with 1 when one is late, for cron"
    ),
    "ship": TableEntry("bmtui.cli.shipping.ship", "record a parcel and upload its tracking number"),
    "identify": TableEntry("bmtui.cli.shipping.ship", "record the IMEI or serial numbers of an order"),
    "delivery-note": TableEntry(
        "bmtui.cli.overview.packing_documents", "fetch Back Market's delivery note again, and save or print it"
    ),
    "label": TableEntry(
        "bmtui.cli.overview.packing_documents", "fetch the label of a BackShip order, and save or print it"
    ),
    "packing-slip": TableEntry(
        "bmtui.cli.overview.packing_documents", "make packing slips with a barcode, a page an order"
    ),
    "pick-list": TableEntry("bmtui.cli.overview.packing_documents", "make the pick list for these orders"),
    "import-shipments": TableEntry(
        "bmtui.cli.shipping.shipments_csv", "ship the orders of a CSV or TSV file; wrong rows are left out"
    ),
    "tag": TableEntry("bmtui.cli.tags.tags", "add tags to orders, or remove them"),
    "assign": TableEntry("bmtui.cli.tags.tags", "assign orders to an account"),
    "field": TableEntry("bmtui.cli.tags.tags", "set fields of orders; without any order: list the fields"),
}
"""Commands of the group `bmtui orders`, whose modules have ``register_orders(sub, common)``."""
