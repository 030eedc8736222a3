"""Table of all commands: name, module and one line of help.

`bmtui --help` and `bmtui --version` read nothing else, and `bmtui COMMAND` imports that command's module alone: all of
them together cost half a second.
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
    "shadow": TableEntry("bmtui.cli.sync.shadow", "a company that is read and compared, while another system sends"),
    "moving-in": TableEntry(
        "bmtui.cli.moving_in.moving_in", "from another system to this one: what is done, and what is next"
    ),
    "orders": TableEntry("bmtui.cli.orders.orders", "download, find, show, cancel and refund orders"),
    "acceptance": TableEntry("bmtui.cli.acceptance.accept", "the rule by which orders are accepted by themselves"),
    "identifiers": TableEntry(
        "bmtui.cli.shipping.identifiers", "the policy of what leaves with an IMEI or a serial number"
    ),
    "scan-commands": TableEntry("bmtui.cli.shipping.ship", "make a sheet of the scan station's command barcodes"),
    "shipments": TableEntry("bmtui.cli.shipping.ship", "parcels, and what Back Market knows of them"),
    "returns": TableEntry("bmtui.cli.returns.returns", "RMA: what comes back, and what becomes of it"),
    "care": TableEntry("bmtui.cli.after_sales.folders", "after-sales folders: what customers write, and answers"),
    "invoices": TableEntry(
        "bmtui.cli.invoicing.invoices", "make, show, send, export and verify invoices and credit notes"
    ),
    "money": TableEntry(
        "bmtui.cli.accounts.money", "billing statements, purchase costs, VAT of a period, and the figures of a month"
    ),
    "jobs": TableEntry("bmtui.cli.jobs.jobs", "asynchronous work: what runs, ran and failed"),
    "outbox": TableEntry("bmtui.cli.outbox.outbox", "what waits to be sent, and what is not known"),
    "approvals": TableEntry("bmtui.cli.refunds.approvals", "refunds above a limit, which a second person decides"),
    "numbers": TableEntry(
        "bmtui.cli.operations.numbers", "series of invoices and RMAs, and their last number after a restore"
    ),
    "reconcile": TableEntry("bmtui.cli.sync.reconcile", "compare the store with Back Market; 6 when they differ"),
    "audit": TableEntry("bmtui.cli.operations.audit", "who did what, and whether that was tampered with"),
    "users": TableEntry("bmtui.cli.operations.users", "what each account may do, and its limits of refunds"),
    "notify": TableEntry("bmtui.cli.notifications.notify", "ways by which events reach people, and what happened"),
    "rules": TableEntry("bmtui.cli.rules.rules", "what is done by itself: when, if, then; tried before it runs"),
    "views": TableEntry("bmtui.cli.orders.views", "saved queries, the tabs of the order search"),
    "store": TableEntry("bmtui.cli.operations.store", "move the installation to another database"),
    "doctor": TableEntry(
        "bmtui.cli.operations.doctor", "look for what is wrong, and say what to do; exits with 1 if anything is"
    ),
    "info": TableEntry("bmtui.cli.operations.info", "every path of this installation, and where each value came from"),
    "config": TableEntry("bmtui.cli.operations.info", "bmtui.toml: what can stand in it, and changing it"),
    "backup": TableEntry("bmtui.cli.operations.backup", "write a verified copy of the store, while all goes on"),
    "restore": TableEntry("bmtui.cli.operations.backup", "put a backup in the store's place, or into a new database"),
    "purge": TableEntry("bmtui.cli.operations.privacy", "remove personal data from orders that ended long ago"),
    "privacy": TableEntry("bmtui.cli.operations.privacy", "what is kept about one person"),
    "today": TableEntry("bmtui.cli.overview.today", "what needs you, most urgent first; 6 while it is late or unknown"),
    "totals": TableEntry("bmtui.cli.orders.totals", "what the orders of a query come to, per currency"),
    "metrics": TableEntry(
        "bmtui.cli.operations.metrics", "numbers about orders, jobs and the outbox as Prometheus text"
    ),
    "deploy": TableEntry(
        "bmtui.cli.operations.deploy", "files for a server: systemd, container, SSH, completion, man page"
    ),
    "help": TableEntry("bmtui.cli.help", "guides: quick start, screens, keys, security, troubleshooting …"),
}
"""Commands by name, in the order of the help."""
