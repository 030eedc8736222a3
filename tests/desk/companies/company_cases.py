"""Commands about one company: what to read, what to change, and which commands are about no company.

A word in braces is the number of a row of that company (`rows_of`); an order's number is the same in both companies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from full_company import MAIL
from installation import FOLDER, NOW, WHO, number

from bmtui.cli import manual
from bmtui.cli.parser import whole_parser
from bmtui.store.models import (
    Approval,
    CareFolder,
    Company,
    Effect,
    Invoice,
    InvoiceSeries,
    Job,
    Order,
    Refund,
    Return,
    ReturnDocument,
    Shipment,
    StoreMark,
    ViewSchedule,
)
from bmtui.words import StoreEvent

READS: Mapping[str, str] = {
    "company show": "",
    "company export": "{name}",
    "shadow report": "--since 2026-01-01",
    "orders search": "|tag:vip|assignee:anna|assignee:me|has:imei|imei:356938035643802|sku:PHN-A12|payment:charged"
    "|channel:to_ship --sort total|note:invoice|field.shelf:A1",
    "orders show": f"{number(2)}|{number(10)}|{number(34)}|{number(26)}|{number(14)}|{number(13)}",
    "orders evidence": f"{number(10)} {{out}}/evidence.json|{number(34)} {{out}}/evidence.pdf",
    "orders packing-slip": f"{number(9)} {number(13)} --output {{out}}/slip.pdf",
    "orders pick-list": f"{number(9)} {number(13)} --output {{out}}/pick.pdf",
    "orders due": "|--only overdue",
    "acceptance test": "|market:fr-fr|stock:in",
    "identifiers list": "",
    "identifiers test": "|PHN*=imei",
    "shipments list": "|--failed|--all",
    "returns list": "|status:open|order:48000578",
    "returns show": "{rma}|{rma_made}",
    "returns reasons": "",
    "returns document": "{rma_made} {document} --out {out}/document",
    "care list": "|Dupont",
    "care show": f"{FOLDER}",
    "care templates": "",
    "invoices list": f"|--waiting|--order {number(10)}|--month 2026-11|--kind credit_note",
    "invoices show": "{invoice}",
    "invoices verify": "|{invoice}",
    "invoices save": "{invoice} --to {out}|--month 2026-11 --to {out}",
    "invoices merge": "{invoice} --to {out}/all.pdf|--month 2026-11 --to {out}/all.pdf",
    "invoices export": "2026-11 --to {out}",
    "money statements": "|--unexplained|--files",
    "money fees": "",
    "money tax": "2026-11|2026-11 --differences",
    "money oss": "2026-Q4|2026-Q4 --corrections",
    "money costs": "|--missing",
    "money settings": "",
    "money figures": "|--by month|--from 2026-11-01 --to 2026-11-30",
    "jobs list": "|--status failed|--type order_download",
    "jobs check": "--hours 10000",
    "jobs show": "{job_failed}|{job_held}",
    "jobs logs": "{job_failed}",
    "outbox list": "|--all",
    "outbox show": "{planned}|{asked}",
    "approvals list": "|--all",
    "reconcile": "--last",
    "audit list": f"|--order {number(2)}|--action order.tagged",
    "notify events": f"--name order.changed|--order {number(2)}",
    "rules list": "",
    "rules show": "{rule}",
    "rules test": "{rule}|--when order.created --if total:>300 --then 'tag big'",
    "rules log": f"|{{rule}}|--order {number(2)}",
    "rules export": "{rule}",
    "views list": "",
    "privacy export": MAIL,
    "today": "|--all",
    "totals": "|tag:vip",
}
"""Arguments of each command that reads, several cases with a bar between them."""

WRITES: Mapping[str, str] = {
    "company set": "{name} soon_hours=9|{name} ship_cutoff=12:00 automatic_acceptance=true acceptance_rule=sku:PHN-A10",
    "company remove": "{name} --history erase --yes|{name} --history keep --yes",
    "shadow begin": "{name} --yes",
    "shadow leave": "shadow begin {name} --yes && {name} --yes",
    "orders download": f"--since 2026-09-01|--order {number(2)}",
    "orders refresh": f"{number(2)}",
    "orders sync": "|--sweep",
    "orders note": f"{number(2)} Hello",
    "orders paper-name": f"{number(2)} Marie",
    "orders cancel": f"{number(9)} cancelled --note No --yes",
    "orders status": f"{number(9)} on_hold --note Wait --yes",
    "orders cancel-many": f"{number(9)} {number(21)} --status cancelled --yes",
    "orders cancel-on-channel": f"{number(21)} --yes",
    "orders refund": f"{number(14)} --yes|{number(14)} --operation issue_refund --method cash --note x --yes",
    "orders refund-many": f"{number(14)} {number(34)} --yes",
    "orders refund-void": f"{number(2)} {{cash}} --reason Wrong --yes",
    "orders refund-excess": f"{number(30)} {{excess}} --reason Paid --yes",
    "orders accept": f"{number(8)} --yes",
    "orders ship": f"{number(9)} --tracking 1Z999AA10123456784 --carrier UPS --yes --accept-doubt",
    "orders identify": f"{number(9)} --identifier 10=351269738843214 --yes --accept-doubt",
    "orders import-shipments": "{folder}/shipments.csv --yes --accept-doubt",
    "orders tag": f"{number(2)} {number(3)} --add big --remove vip",
    "orders assign": f"{number(2)} {number(3)} --nobody|{number(3)} --to anna",
    "orders field": f"{number(2)} {number(3)} --set shelf=B2",
    "acceptance stock": "PHN-A10 PHN-A11 --out",
    "identifiers set": "PHN*=imei",
    "shipments retry": "{parcel}",
    "shipments mark-notified": "{parcel} --note Told",
    "shipments dismiss": "{parcel} --note Told",
    "returns create": f"{number(6)} --reason Defective",
    "returns approve": "{rma}",
    "returns reject": "{rma}",
    "returns undecide": "returns approve {rma} && {rma}",
    "returns receive": "{rma}",
    "returns resolve": "{rma_made} repair --note New",
    "returns attach": "{rma} {folder}/photo.txt",
    "returns import": "{folder}/returns.csv --yes",
    "returns refund": "{rma} --operation issue_refund --method cash --note x --yes",
    "returns cancel": "returns receive {rma} && {rma} --yes",
    "returns hold": "{rma} --note Wait",
    "returns process": "{rma}",
    "returns reopen": "returns resolve {rma} repair --note New && returns close {rma} && {rma}",
    "returns close": "returns resolve {rma} repair --note New && {rma} --note Gone",
    "returns note": "{rma} Wet",
    "returns track": "{rma} --tracking 1Z999AA10123456784 --carrier UPS",
    "returns reasons": "--add Broken --code 1|--hide 'Too blue'",
    "care download": "",
    "care answer": f"outbox withdraw {{message}} --yes && {FOLDER} --text Hello --yes",
    "care problem": f"outbox withdraw {{message}} --yes && {FOLDER} --type OTHER --text Broken --yes",
    "care transfer": f"outbox withdraw {{message}} --yes && {FOLDER % 1000} --action REPAIR --carrier UPS"
    " --tracking 1Z999AA10123456784 --yes",
    "invoices make": f"{number(14)}|--waiting",
    "invoices credit": f"{number(10)}",
    "invoices send": "{invoice} --yes|--unsent --yes",
    "invoices settings": "seller_name=Other|--market fr-fr seller_name=Other",
    "money settings": "late_after_h=72",
    "money tax": "2026-10 --declare --yes",
    "money import": "{folder}/more.csv --yes --accept-doubt",
    "money costs": "{folder}/more_costs.csv --yes",
    "jobs cancel": "{job_waiting} --yes",
    "jobs hold": "{job_waiting} --yes",
    "jobs release": "{job_held} --yes",
    "jobs retry": "{job_failed} --yes",
    "jobs priority": "{job_waiting} high",
    "outbox withdraw": "{planned} --yes",
    "outbox settle": "{asked} --happened --yes|{asked} --did-not-happen --yes",
    "outbox pause": "Stocktaking",
    "outbox resume": "outbox pause Stocktaking && ",
    "approvals approve": "{approval} --yes",
    "approvals reject": "{approval} --reason No --yes",
    "approvals settle": "{approval} --happened --yes|{approval} --did-not-happen --yes",
    "numbers begin": "{name}/DE/invoice/2026 100 --yes --accept-doubt",
    "numbers confirm": "{name}/FR/invoice/2026 9 --yes",
    "rules save": "Other --when order.created --if total:>5 --then 'tag x' --yes",
    "rules on": "{rule}",
    "rules off": "{rule}",
    "rules delete": "{rule} --yes",
    "views schedule": "France --every monday --at 08:00 --to notify",
    "views unschedule": "{schedule}",
    "purge": "--older-than 1 --no-compact --yes",
    "privacy erase": f"{MAIL} --yes",
}
"""Arguments of each command that changes rows of a company, several cases with a bar between them.

Commands before the last ``&&`` prepare the case, in both companies.
"""

_FILES = "about the installation: its files, settings and accounts"
_CHANNEL = "reads Back Market while it runs, with the token of one company"
NOT_OF_A_COMPANY: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("demo", "sandbox", "worker", "doctor", "info", "help", "backup", "restore", "store copy", "store grants"),
            *("config check", "config set", "config unset", "config schema", "audit verify", "metrics"),
            *(f"deploy {name}" for name in ("systemd", "backup", "backup-service", "container", "ssh", "sudoers")),
            *("deploy ssh-postgresql", "deploy completion", "deploy man", "scan-commands"),
            *("users list", "users set", "users import", "views save", "views delete", "rules import"),
            *("notify list", "notify test", "notify dead"),
        ),
        _FILES,
    ),
    **dict.fromkeys(("company test", "orders label", "orders delivery-note", "returns label"), _CHANNEL),
    **dict.fromkeys(("numbers list", "views schedules"), "a list with the company of each row"),
    **dict.fromkeys(
        ("company list", "company add", "company import", "company edit"), "of all companies, or a new one"
    ),
    "moving-in": "several commands in one, about the orders of a file",
    "invoices print": "starts a program",
}
"""Commands that are about no company of the desk, and why."""


def _finish(company: int) -> None:
    """End all open work of a company, as before its removal."""
    mine = Order.select(Order.id).where(Order.company == company)
    Effect.update(state="confirmed").where(Effect.company == company).execute()
    Job.update(status="completed").where(Job.company == company).execute()
    Order.update(channel_status="shipped").where(Order.company == company).execute()
    Approval.update(state="rejected").where(Approval.order.in_(mine)).execute()
    Return.update(status="closed").where(Return.company == company).execute()


def _fail_parcel(company: int) -> None:
    mine = Shipment.select(Shipment.job).join(Order).where((Order.company == company) & (Shipment.state == "failed"))
    Job.update(status="failed").where(Job.id.in_(mine)).execute()


def _doubt(company: int) -> None:
    Approval.update(doubt="The store was restored.").where(Approval.company == company).execute()


def _old_folder(company: int) -> None:
    CareFolder.update(folder_id=FOLDER % 1000).where(CareFolder.company == company).execute()


def _new_series(company: int) -> None:
    new = {"country": "DE", "kind": "invoice", "period": "2026", "last_number": 0, "last_issued": ""}
    InvoiceSeries.create(company=company, **new)


def _restored(company: int) -> None:
    if not StoreMark.select().exists():
        about = {"at": NOW, "since": NOW - timedelta(days=1), "about": "store.bak", "made_by": WHO}
        StoreMark.create(kind=StoreEvent.RESTORED, **about)


PREPARED: Mapping[str, Callable[[int], None]] = {
    "company remove": _finish,
    "shadow begin": _finish,
    "shadow leave": _finish,
    "shipments retry": _fail_parcel,
    "approvals settle": _doubt,
    "numbers begin": _new_series,
    "care transfer": _old_folder,
    "numbers confirm": _restored,
}
"""Preparations that make a command possible, done for both companies."""


def commands() -> set[str]:
    return {name.removeprefix("bmtui ") for name, _, _ in manual.commands_of(whole_parser())}


def rows_of(name: str) -> dict[str, object]:
    """Return the numbers of rows of a company that commands take, by the word that stands for them."""
    company = Company.get(Company.name == name).id

    def order(index: int) -> Order:
        return Order.get((Order.company == company) & (Order.order_id == number(index)))

    def job(status: str) -> Any:
        mine = (Job.company == company) & (Job.type == "order_download") & (Job.status == status)
        return Job.select().where(mine).order_by(Job.id).first()

    def effect(state: str) -> Any:
        return Effect.select().where((Effect.company == company) & (Effect.state == state)).order_by(Effect.id).first()

    parcel = Shipment.get(Shipment.order == order(13))
    made = Return.get(Return.order == order(34))
    return {
        "name": name,
        "rule": f"Big of {name}" if name != "Shop" else "Big",
        "job_failed": job("failed"),
        "job_held": job("on_hold"),
        "job_waiting": job("submitted"),
        "planned": effect("planned"),
        "asked": effect("needs_person"),
        "rma": Return.get(Return.order == order(14)),
        "rma_made": made,
        "document": ReturnDocument.get(ReturnDocument.rma == made),
        "parcel": parcel,
        "cash": Refund.get(Refund.order == order(2)),
        "excess": Refund.get(Refund.order == order(30)),
        "approval": Approval.get(Approval.order == order(26)),
        "invoice": Invoice.get((Invoice.company == company) & (Invoice.kind == "invoice")).number,
        "schedule": ViewSchedule.get(ViewSchedule.company == company),
        "credited": order(10).id,
        "message": Effect.get((Effect.company == company) & (Effect.kind == "message")),
    }
