"""Commands about one company: what to read, what to change, and which commands are about no company.

A word in braces is the number of a row of that company (`rows_of`); an order's number is the same in both companies.
"""

from __future__ import annotations

from collections.abc import Mapping

from full_company import BEN_UID, MAIL, TAX_PERIOD
from installation import FOLDER, number

from bmtui.cli import manual
from bmtui.cli.parser import whole_parser
from bmtui.store.models import (
    Approval,
    Company,
    Delivery,
    Effect,
    Invoice,
    Job,
    Order,
    Refund,
    Return,
    ReturnDocument,
    Shipment,
    ViewSchedule,
)

READS: Mapping[str, str] = {
    "company show": "",
    "company export": "",
    "shadow report": "--since 2026-01-01",
    "orders search": "|vip|tag:vip|assigned:anna|has:imei|imei:356938035643802|sku:PHN-A12|payment:charged"
    "|channel:to_ship --sort -total|outbox:waiting|note:invoice|field.shelf:A1",
    "orders show": f"{number(2)}|{number(10)}|{number(34)}|{number(26)}|{number(14)}|{number(13)}",
    "orders due": "|--only late",
    "acceptance test": "|market:fr-fr",
    "identifiers list": "",
    "identifiers test": "|PHN*=imei",
    "shipments list": "|--failed|--all",
    "returns list": "|blue|status:open",
    "returns show": "{rma}|{rma_made}",
    "returns reasons": "",
    "care list": "|Dupont",
    "care show": f"{FOLDER}",
    "care templates": "",
    "invoices list": f"|--waiting|--order {number(10)}|--month 2026-11|--kind credit_note",
    "invoices show": "{invoice}",
    "invoices verify": "|{invoice}",
    "money statements": "|--unexplained|--files",
    "money fees": "",
    "money tax": f"{TAX_PERIOD}|2026-11|2026-11 --pieces|2026-11 --differences",
    "money oss": "2026-Q4|2026-Q4 --corrections",
    "money figures": "|--by month|--from 2026-11-01 --to 2026-11-30",
    "jobs list": "|--status failed|--type order_download",
    "jobs check": "--hours 10000",
    "jobs show": "{job_failed}|{job_held}",
    "jobs logs": "{job_failed}",
    "outbox list": "|--all",
    "outbox show": "{planned}|{asked}",
    "approvals list": "|--all",
    "numbers list": "",
    "audit list": f"|--order {number(2)}|--action order.tagged",
    "notify events": f"--name order.changed|--order {number(2)}",
    "rules list": "",
    "rules show": "{rule}",
    "rules test": "{rule}|--when order.created --if total:>300 --then 'tag big'",
    "rules log": f"|{{rule}}|--order {number(2)}",
    "rules export": "{rule}",
    "views list": "",
    "views schedules": "",
    "privacy export": MAIL,
    "today": "|--all",
    "totals": "|tag:vip",
}
"""Arguments of each command that reads, several cases with a bar between them."""

WRITES: Mapping[str, str] = {
    "company set": "{name} soon_hours=9|{name} ship_cutoff=12:00 automatic_acceptance=true acceptance_rule=sku:PHN-A10",
    "company remove": "{name} --history erase --yes",
    "shadow begin": "{name} --yes",
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
    "orders tag": f"{number(2)} {number(3)} --add big --remove vip",
    "orders assign": f"{number(2)} {number(3)} --nobody|{number(3)} --to anna",
    "orders field": f"{number(2)} {number(3)} --set shelf=B2",
    "acceptance stock": "PHN-A10 PHN-A11 --out",
    "identifiers set": "PHN*=imei",
    "shipments retry": "{parcel}",
    "shipments mark-notified": "{parcel} --note Told",
    "shipments dismiss": "{parcel} --note Told",
    "returns create": f"{number(6)} --reason Defective|--folder {FOLDER} --reason Defective",
    "returns approve": "{rma}",
    "returns reject": "{rma}",
    "returns undecide": "{rma} && approve {rma}",
    "returns receive": "{rma}",
    "returns resolve": "{rma_made} repair --note New",
    "returns refund": "{rma} --operation issue_refund --method cash --note x --yes",
    "returns cancel": "",
    "returns hold": "{rma}",
    "returns process": "{rma}",
    "returns reopen": "",
    "returns close": "{rma} --note Gone",
    "returns note": "{rma} Wet",
    "returns track": "{rma} --tracking 1Z999AA10123456784 --carrier UPS",
    "returns reasons": "--add Broken --code 1|--hide 'Too blue'",
    "care download": "",
    "care answer": f"{FOLDER} --text Hello --yes",
    "care problem": f"{FOLDER} --type OTHER --text Broken --yes",
    "care transfer": f"{FOLDER} --action REPAIR --carrier UPS --tracking 1Z999AA10123456784 --yes",
    "invoices make": f"{number(14)}|--waiting",
    "invoices credit": f"{number(10)}",
    "invoices send": "{invoice} --yes|--unsent --yes",
    "invoices settings": "seller_name=Other|--market fr-fr seller_name=Other",
    "money settings": "margin_scheme=off",
    "money fees": "--fill",
    "money tax": "2026-11 --declare --yes",
    "money figures": "--recount",
    "jobs cancel": "{job_waiting} --yes",
    "jobs hold": "{job_waiting} --yes",
    "jobs release": "{job_held} --yes",
    "jobs retry": "{job_failed} --yes",
    "jobs priority": "{job_waiting} high",
    "outbox withdraw": "{planned} --yes",
    "outbox settle": "{asked} --happened --yes|{asked} --did-not-happen --yes",
    "outbox pause": "Stocktaking",
    "outbox resume": "",
    "approvals approve": "{approval} --yes",
    "approvals reject": "{approval} --reason No --yes",
    "numbers begin": "",
    "rules save": "Other --when order.created --if total:>5 --then 'tag x' --yes",
    "rules on": "{rule}",
    "rules off": "{rule}",
    "rules delete": "{rule} --yes",
    "views schedule": "France --every monday --at 08:00 --to notify",
    "views unschedule": "{schedule}",
    "purge": "--older-than 1 --no-compact --yes",
    "privacy erase": f"{MAIL} --yes",
}
"""Arguments of each command that changes rows of a company, several cases with a bar between them."""

NOT_OF_A_COMPANY: Mapping[str, str] = {}


def commands() -> set[str]:
    return {name.removeprefix("bmtui ") for name, _, _ in manual.commands_of(whole_parser())}


def rows_of(name: str) -> dict[str, object]:
    """Return the numbers of rows of a company that commands take, by the word that stands for them."""
    company = Company.get(Company.name == name).id

    def order(index: int) -> Order:
        return Order.get((Order.company == company) & (Order.order_id == number(index)))

    def job(status: str) -> Job:
        mine = (Job.company == company) & (Job.type == "order_download") & (Job.status == status)
        return Job.select().where(mine).order_by(Job.id).first()

    def effect(state: str) -> Effect:
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
        "delivery": Delivery.select().order_by(Delivery.id).first(),
    }
