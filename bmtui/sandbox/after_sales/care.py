"""Care: the after-sales folders of the marketplace, and what a seller may do in one (API §9)."""

import html
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bmtui.sandbox.after_sales.folders import NEW_IDS, Folder, FolderFactory
from bmtui.sandbox.errors import Refused
from bmtui.sandbox.multipart import Part
from bmtui.sandbox.orders.catalogue import CARRIERS
from bmtui.sandbox.orders.observed import CAMEL_ADDRESS
from bmtui.sandbox.orders.practice_orders import Order
from bmtui.sandbox.pdf import pdf
from bmtui.sandbox.shared_state import SharedState

_MOST_FILES: Final = 10
MOST_BYTES: Final = 3 * 1024 * 1024
_WITH_PROOF: Final = frozenset({"DAMAGED_PACKAGE", "ITEM_NOT_RECEIVED", "OOW_ITEM"})
_PROBLEMS: Final = _WITH_PROOF | {
    *("ACCOUNT_LOCKED", "CODE_LOCKED", "MISSING_PART", "PROBLEM_NOT_IDENTIFIED", "WRONG_ITEM", "OTHER")
}
_ACTIONS: Final = ("REPAIR", "REPLACE", "NOTHING")
_MERCHANT: Final = {"id": 4242, "username": "shop@example.com", "first_name": "Shop", "last_name": "Owner"}
_CATEGORIES: Final = {
    "PHN": "Smartphones", "TAB": "Tablets", "LAP": "Laptops", "WAT": "Smartwatches", "CON": "Consoles",
    "AUD": "Audio", "CAM": "Cameras", "ACC": "Accessories",
}  # fmt: skip
_ADDRESS: Final = (
    *("company", "first_name", "last_name", "street", "street2", "postal_code", "country", "city", "phone", "email"),
    "customer_id_number",
)
_OF_ORDER: Final = (
    *("tracking_number", "tracking_url", "shipper", "shipper_display", "date_creation", "date_modification"),
    *("date_shipping", "date_payment", "state", "price", "shipping_price", "currency", "country_code"),
)


@dataclass(frozen=True)
class CareQuery:
    """Filters of the list; `last_id` is exclusive, the dates are inclusive lower bounds."""

    last_id: int | None = None
    state: int | None = None
    orderline: int | None = None
    modified_from: datetime | None = None
    message_from: datetime | None = None

    def wants(self, folder: Folder) -> bool:
        return (
            (self.last_id is None or folder.folder_id > self.last_id)
            and self.state in (None, folder.state)
            and self.orderline in (None, folder.line["id"])
            and (self.modified_from is None or folder.modified >= self.modified_from)
            and (self.message_from is None or folder.last_message >= self.message_from)
        )


class Care:
    """Register of folders by ascending id. The methods of a seller raise `Refused`, and then nothing has changed."""

    def __init__(self, state: SharedState) -> None:
        self._state = state
        self._factory = FolderFactory(state.seed)
        self._folders: dict[int, Folder] = {}
        self._uploads: dict[int, tuple[bytes, str]] = {}
        for folder in self._factory.history(list(state.orders.values()), state.clock.now()):
            self._folders[folder.folder_id] = folder

    # Reads of the seller

    def page(self, query: CareQuery, first: int, size: int) -> tuple[int, list[dict[str, Any]]]:
        """Return the number of folders that match, and `size` of them from the position `first`, in short form."""
        with self._state.lock:
            self._state.catch_up()
            self._state.budgets.spend("care-list")
            found = [folder for folder in self._folders.values() if query.wants(folder)]
            return len(found), [self._summary(folder) for folder in found[first : first + size]]

    def folder(self, folder_id: int) -> dict[str, Any]:
        """Return a folder with all its content. Raises Refused (404)."""
        with self._state.lock:
            self._state.catch_up()
            self._state.budgets.spend("care-detail")
            return self._detail(self._find(folder_id))

    def all_folders(self) -> list[dict[str, Any]]:
        """Return all folders with all their content, for tests of a client."""
        with self._state.lock:
            return [self._detail(folder) for folder in self._folders.values()]

    def returning(self) -> list[Folder]:
        """The folders of BackShip orders with a return label. The caller holds the lock."""
        return [folder for folder in self._folders.values() if folder.label_id and folder.order.payload["is_backship"]]

    def label_url(self, folder: Folder) -> str:
        return f"{self._state.base}/return_label/{folder.label_id}.pdf"

    def folder_of_label(self, number: int) -> Folder:
        """The folder with that return label. Raises Refused (404)."""
        for folder in self._folders.values():
            if folder.label_id == number:
                return folder
        raise Refused("No such document", 404)

    def attachment(self, number: int) -> tuple[bytes, str]:
        """Content and media type of an attachment. Raises Refused (404)."""
        if number in self._uploads:
            return self._uploads[number]
        for folder in self._folders.values():
            if any(file["id"] == number for message in folder.messages for file in message["attachments"]):
                return pdf(f"Attachment {number}", [f"Folder {folder.folder_id}"]), "application/pdf"
        raise Refused("No such document", 404)

    # Actions of the seller

    def message(self, folder_id: int, form: list[Part]) -> dict[str, Any]:
        """`POST /ws/sav/{id}/msg`: reopens a closed folder. Returns the message as it was taken."""
        with self._state.lock:
            self._state.budgets.spend("care-message")
            folder = self._find(folder_id)
            text, files = _text(form, "message"), _files(form, too_much=400)
            if not text.strip():
                raise Refused("message not found")
            said = self._say(folder, text, files)
            if folder.closed:
                folder.closed = None
                folder.claim["state"] = 0
            body = {"folder_id": folder_id, "message": text, "attachments": [file.described() for file in files]}
            self._state.log("message", folder.order, [folder.line], body)
            attached = [
                {
                    "msg": said["id"],
                    "group": folder_id,
                    "sender": _MERCHANT["id"],
                    "attachment": self._state.base + file["attachment"],
                }
                for file in said["attachments"]
            ]
            return {
                "id": said["id"],
                "group": folder_id,
                "sender": _MERCHANT["id"],
                "message": said["message"],
                "date_creation": said["date_creation"],
                "attachment": attached[0] if attached else None,
                "attachments": attached,
            }

    def problem(self, folder_id: int, form: list[Part]) -> None:
        """`POST /ws/sav/{id}/problem`: the seller declares one; without a type it is `OTHER`."""
        with self._state.lock:
            self._state.budgets.spend("care-problem")
            folder = self._find(folder_id)
            kind = _text(form, "problem_type") or "OTHER"
            text, files = _text(form, "message"), _files(form, too_much=413)
            if kind not in _PROBLEMS:
                raise Refused(f"problem_type must be in {','.join(sorted(_PROBLEMS))}", 422)
            if folder_id < NEW_IDS:
                if kind != "OTHER":
                    raise Refused("Only OTHER problem type is allowed for IDs lower than 100,000,000", 422)
                if text or files:
                    raise Refused("No message or attachments can be provided for IDs lower than 100,000,000", 422)
            if kind in _WITH_PROOF and not files:
                raise Refused("Attachments are mandatory for this problem type", 422)
            if folder.closed:
                raise Refused("Cannot declare problem on this Care Folder", 422)
            if text or files:
                self._say(folder, text, files)
            else:
                folder.touch(self._state.clock.tick())
            body = {"folder_id": folder_id, "problem_type": kind, "message": text}
            body["attachments"] = [file.described() for file in files]
            self._state.log("problem", folder.order, [folder.line], body)

    def transfer(self, folder_id: int, body: Any) -> None:
        """`POST /ws/sav/{id}/item-transfer`: the item goes back to the customer."""
        with self._state.lock:
            self._state.budgets.spend("care-transfer")
            folder = self._find(folder_id)
            if folder_id > NEW_IDS:
                raise Refused("Care folders with ID above 100,000,000 are not yet supported on this endpoint", 422)
            if not isinstance(body, dict):
                raise Refused("body must be a JSON object")
            for name in ("shipperName", "trackingNumber"):
                if not isinstance(body.get(name), str) or not body[name].strip():
                    raise Refused(f"{name} not found")
            if body.get("action") not in (None, *_ACTIONS):
                raise Refused(f"action must be in {','.join(_ACTIONS)}")
            if any(body["trackingNumber"] in other.transfers for other in self._folders.values()):
                raise Refused("An item transfer with this tracking number already exists")
            folder.transfers.add(body["trackingNumber"])
            folder.touch(self._state.clock.tick())
            self._state.log("item_transfer", folder.order, [folder.line], {**body, "folder_id": folder_id})

    # Actions of the customer. The caller holds the lock.

    def lines_without(self) -> list[tuple[Order, dict[str, Any]]]:
        """Return the shipped lines without a complaint."""
        busy = {folder.line["id"] for folder in self._folders.values()}
        return [
            (order, line)
            for order in self._state.orders.values()
            for line in order.lines
            if line["state"] == 3 and line["id"] not in busy
        ]

    def open_folders(self) -> list[int]:
        return [folder.folder_id for folder in self._folders.values() if not folder.closed]

    def open_one(self, order: Order, line: dict[str, Any]) -> int:
        """The customer opens a folder; returns its id."""
        folder = self._factory.fresh(order, line, self._state.clock.tick())
        self._folders[folder.folder_id] = folder
        return folder.folder_id

    def customer_writes(self, folder_id: int) -> int:
        """The customer writes once more; returns the id of the order."""
        folder = self._folders[folder_id]
        self._factory.again(folder, self._state.clock.tick())
        return folder.order.order_id

    # Inside

    def _find(self, folder_id: int) -> Folder:
        if folder_id not in self._folders:
            raise Refused("Care Folder does not exist", 404)
        return self._folders[folder_id]

    def _say(self, folder: Folder, text: str, files: list[Part]) -> dict[str, Any]:
        paths = []
        for file in files:
            path = self._factory.attachment_path()
            self._uploads[int(path.rpartition("/")[2])] = (file.content, file.content_type)
            paths.append(path)
        said = f"<p>{html.escape(text, quote=False)}</p>"
        return self._factory.say(folder, "Merchant", said, self._state.clock.tick(), paths)

    def _dates(self, folder: Folder) -> dict[str, Any]:
        written = folder.order.certain
        return {
            "date_creation": written(folder.created),
            "date_modification": written(folder.modified),
            "date_last_message": written(folder.last_message),
            "date_closed": written(folder.closed) if folder.closed else None,
        }

    def _summary(self, folder: Folder) -> dict[str, Any]:
        return {
            "id": folder.folder_id,
            "client": 0,
            "merchant": _MERCHANT["id"],
            "orderline": folder.line["id"],
            **self._dates(folder),
            "state": folder.state,
            "lines": [folder.claim["id"]],
            "country_code": folder.order.payload["country_code"],
            "backcare": folder.line["backcare"],
        }

    def _detail(self, folder: Folder) -> dict[str, Any]:
        base = self._state.base
        line, payload = folder.line, folder.order.payload
        address = _address(payload["shipping_address"])
        labels = [label | {"label": base + label["label"]} for label in folder.claim["return_labels"]]
        messages = [
            message
            | {"attachments": [file | {"attachment": base + file["attachment"]} for file in message["attachments"]]}
            for message in folder.messages
        ]
        names = {name: address[name] for name in ("first_name", "last_name", "email")}
        order = {
            "order_id": folder.order.order_id,
            "shipping_address": address,
            "billing_address": _address(payload["billing_address"]),
            **{name: payload[name] for name in _OF_ORDER},
            "shipper": CARRIERS.index(payload["shipper"]) + 1 if payload["shipper"] in CARRIERS else 77,
        }
        category = {"category_name": _CATEGORIES.get(line["listing"][:3], "Other"), "parent": None}
        snapshot = {
            "id": 0,
            "listing": line["listing_id"],
            "sku": line["listing"],
            "snowden": False,
            "image": f"https://cdn.example.com/p/{line['product_id']}.jpg",
            "product": {"product_id": line["product_id"], "category_3": category},
        }
        return {
            "id": folder.folder_id,
            "state": folder.state,
            "backcare": line["backcare"],
            "country_code": payload["country_code"],
            **self._dates(folder),
            "client": {"id": 0, "username": "", **names},
            "merchant": dict(_MERCHANT),
            "orderline": {
                **{name: line[name] for name in ("id", "quantity", "price", "state")},
                "trust_pack_plus": False,
                "snapshot": snapshot,
                "order": order,
            },
            "lines": [folder.claim | {"return_labels": labels}],
            "messages": messages,
        }


def _address(address: dict[str, Any]) -> dict[str, Any]:
    """Return an address in the style of the example, whatever style the orders have."""
    return {name: address.get(name, address.get(CAMEL_ADDRESS.get(name, ""))) or "" for name in _ADDRESS}


def _text(form: list[Part], name: str) -> str:
    found = [part for part in form if part.name == name]
    if len(found) > 1 or any(part.filename is not None for part in found):
        raise Refused(f"{name} must be one text")
    return found[0].text if found else ""


def _files(form: list[Part], too_much: int) -> list[Part]:
    files = [part for part in form if part.name == "attachment"]
    if any(part.filename is None for part in files):
        raise Refused("attachment must be a file")
    if len(files) > _MOST_FILES:
        raise Refused(f"at most {_MOST_FILES} attachments", too_much)
    if any(len(part.content) > MOST_BYTES for part in files):
        raise Refused("an attachment has at most 3 MB", too_much)
    return files
