"""After-sales folders: complaints of customers, in their languages (API §9)."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bmtui.sandbox.orders.practice_orders import Order

#: Ids on both sides of this one behave differently (API §9).
NEW_IDS: Final = 100_000_000
_OLD_IDS: Final = 3_400_000

#: What a customer can complain of: `customerIssue`, its tag, and what they choose.
_ISSUES: Final = (
    ("BATTERY_NOT_CHARGING", "TECHNICAL", "REPAIR"),
    ("SCREEN_SCRATCHED", "APPEARANCE", "REPLACE"),
    ("ITEM_NOT_RECEIVED", "DELIVERY", "REFUND"),
    ("CHANGED_MY_MIND", "WITHDRAWAL", "REFUND"),
)

#: In the order of `_ISSUES`, then a second message, then a seller's answer.
_TEXTS: Final = {
    "fr": (
        "La batterie ne se charge plus.",
        "L'écran est rayé, ce n'était pas indiqué.",
        "Je n'ai toujours pas reçu mon colis.",
        "Je souhaite me rétracter & être remboursé·e.",
        "Avez-vous des nouvelles ?",
        "Bonjour, merci de renvoyer l'appareil avec l'étiquette.",
    ),
    "de": (
        "Der Akku lädt nicht mehr.",
        "Das Display ist zerkratzt – so war es nicht beschrieben.",
        "Mein Paket ist immer noch nicht angekommen.",
        "Ich möchte vom Kauf zurücktreten.",
        "Gibt es schon etwas Neues?",
        "Bitte schicken Sie das Gerät mit dem Etikett zurück. Viele Grüße",
    ),
    "es": (
        "La batería no carga.",
        "La pantalla está rayada, ¡no lo ponía!",
        "Todavía no he recibido el paquete.",
        "Quiero devolver el artículo.",
        "¿Hay alguna novedad?",
        "Por favor, devuelva el dispositivo con la etiqueta.",
    ),
    "it": (
        "La batteria non si carica più.",
        "Lo schermo è graffiato.",
        "Non ho ancora ricevuto il pacco.",
        "Vorrei esercitare il diritto di recesso.",
        "Ci sono novità?",
        "Restituisca il dispositivo con l'etichetta, per favore.",
    ),
    "en": (
        "The battery does not charge.",
        "The screen is scratched, which the listing didn't say.",
        "My parcel still hasn't arrived.",
        "I have changed my mind & would like a refund.",
        "Is there any news?",
        "Please send the device back with the label.",
    ),
    "sv": (
        "Batteriet laddar inte längre.",
        "Skärmen är repad.",
        "Jag har fortfarande inte fått mitt paket.",
        "Jag vill ångra köpet.",
        "Finns det något nytt?",
        "Skicka tillbaka enheten med etiketten, tack.",
    ),
    "el": (
        "Η μπαταρία δεν φορτίζει.",
        "Η οθόνη έχει γρατζουνιές.",
        "Δεν έχω λάβει ακόμα το δέμα.",
        "Θέλω να επιστρέψω το προϊόν.",
        "Υπάρχει κάποιο νέο;",
        "Παρακαλώ στείλτε πίσω τη συσκευή με την ετικέτα.",
    ),
    "nl": (
        "De batterij laadt niet meer op.",
        "Er zitten krassen op het scherm.",
        "Ik heb mijn pakket nog niet ontvangen.",
        "Ik wil de koop herroepen.",
        "Is er al nieuws?",
        "Stuur het toestel terug met het label, alstublieft.",
    ),
    "pt": (
        "A bateria não carrega.",
        "O ecrã está riscado.",
        "Ainda não recebi a encomenda.",
        "Quero devolver o artigo.",
        "Há novidades?",
        "Por favor, devolva o equipamento com a etiqueta.",
    ),
    "ja": (
        "バッテリーが充電されません。",
        "画面に傷があります。",
        "荷物がまだ届いていません。",
        "返品したいです。",
        "その後いかがでしょうか。",
        "ラベルを使って端末をご返送ください。",
    ),
}

#: Messages that break screens and terminals that take them at their word.
_ODD: Final = (
    "<p>[/b] [red]Where is it?[/red] &amp;amp; <script>alert(1)</script></p>",
    "<p>Esc\x1b[31mape\x07 and \u202eesrever</p><br/><p>second line</p>",
)


@dataclass(slots=True)
class Folder:
    """A customer's complaint about one line; `claim` and `messages` hold dates already written, files as paths."""

    folder_id: int
    order: Order
    line: dict[str, Any]
    created: datetime
    modified: datetime
    last_message: datetime
    claim: dict[str, Any]
    #: The id of the return label, which the customer got with the folder.
    label_id: int | None = None
    closed: datetime | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    transfers: set[str] = field(default_factory=set)

    @property
    def state(self) -> int:
        """State of the folder: 0 open, 9 closed."""
        return 9 if self.closed else 0

    def touch(self, when: datetime) -> None:
        """Set `date_modification` to `when`, or just after its last value: it always increases."""
        self.modified = max(when, self.modified + timedelta(microseconds=1))


class FolderFactory:
    """Maker of folders, ids ascending by creation: folders of the first half of the time have ids below `NEW_IDS`."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(f"care {seed}")  # noqa: S311 - practice, not secrets
        self._folder_id = _OLD_IDS
        self._claim_id = 880_000
        self._message_id = 5_500_900
        self._attachment_id = 30
        self._made = 0

    def history(self, orders: list[Order], now: datetime) -> list[Folder]:
        """Make a folder for about every sixth line that was shipped a day ago or more, oldest first."""
        rng = self._rng
        day = timedelta(days=1)
        lines = [
            (order, line, order.shipped)
            for order in orders
            for line in order.lines
            if order.shipped and order.shipped < now - day and line["state"] in (3, 6)
        ]
        # Two BackShip orders at least, when there are: else a small marketplace would have no returns.
        backship = [entry for entry in lines if entry[0].payload["is_backship"]][-2:]
        rest = [entry for entry in lines if entry not in backship]
        chosen = backship + rng.sample(rest, min(len(rest), max(4, len(lines) // 6)))
        dealt = [
            (shipped + (min(now, shipped + 20 * day) - shipped) * rng.uniform(0.2, 0.9), order, line)
            for order, line, shipped in chosen
        ]
        dealt.sort(key=lambda entry: entry[0])
        folders = []
        for place, (created, order, line) in enumerate(dealt):
            if place >= len(dealt) // 2 and self._folder_id < NEW_IDS:
                self._folder_id = NEW_IDS + 400
            folders.append(self._told(self.fresh(order, line, created.replace(microsecond=0)), now))
        return folders

    def fresh(self, order: Order, line: dict[str, Any], now: datetime) -> Folder:
        """Make a folder that a customer opens now, with one message."""
        rng = self._rng
        self._made += 1
        self._folder_id += rng.randint(1, 30)
        self._claim_id += rng.randint(1, 9)
        kind = rng.randrange(len(_ISSUES))
        issue, tag, choice = _ISSUES[kind]
        backship = order.payload["is_backship"]
        labelled = backship or (choice != "REFUND" and rng.random() < 0.7)
        claim = {
            "id": self._claim_id,
            "state": 0,
            "issues": [{"customerIssue": issue, "tag": tag}],
            "resolution_choice": choice,
            "declared_warranty_state": rng.choice(("IN_WARRANTY", "IN_WARRANTY", "WATER_OR_DROPPED")),
            "return_labels": [],
        }
        if labelled:
            claim["return_labels"] = [
                {
                    "date_creation": order.certain(now),
                    "state": "ALIVE",
                    "label": f"/return_label/{self._claim_id}.pdf",
                    "initiator": "BackMarket" if backship else "Merchant",
                    "kind": "CUSTOMER_TO_MERCHANT",
                }
            ]
        folder = Folder(self._folder_id, order, line, now, now, now, claim, self._claim_id if labelled else None)
        text = _ODD[self._made // 9 % 2] if self._made % 9 == 5 else f"<p>{_texts(order)[kind]}</p>"
        files = [self.attachment_path()] if rng.random() < 0.3 else []
        self.say(folder, "Client", text, now, files)
        return folder

    def say(self, folder: Folder, initiator: str, text: str, now: datetime, files: list[str]) -> dict[str, Any]:
        """Add a message of HTML from `Client`, `Merchant` or `BackMarket`; returns it."""
        self._message_id += self._rng.randint(1, 40)
        written = folder.order.certain(now)
        kinds = {"Client": "CLIENT_TO_MERCHANT", "Merchant": "MERCHANT_TO_ALL", "BackMarket": "BACKMARKET_TO_ALL"}
        message = {
            "id": self._message_id,
            "message": text,
            "date_creation": written,
            "attachments": [
                {"id": int(path.rpartition("/")[2]), "attachment": path, "date_creation": written} for path in files
            ],
            "initiator": initiator,
            "kind": kinds[initiator],
            "is_informative": initiator == "BackMarket",
        }
        folder.messages.append(message)
        folder.touch(now)
        folder.last_message = folder.modified
        return message

    def again(self, folder: Folder, now: datetime) -> dict[str, Any]:
        """Add another message of the customer."""
        return self.say(folder, "Client", f"<p>{_texts(folder.order)[4]}</p>", now, [])

    def attachment_path(self) -> str:
        self._attachment_id += 1
        return f"/attachment/{self._attachment_id}"

    def _told(self, folder: Folder, now: datetime) -> Folder:
        """Add the messages and actions of a past folder."""
        rng = self._rng
        left = now - folder.created

        def later(part: float) -> datetime:
            return (folder.created + left * part).replace(microsecond=0)

        if rng.random() < 0.7:
            self.say(folder, "Merchant", f"<p>{_texts(folder.order)[5]}</p>", later(0.1), [])
            if rng.random() < 0.4:
                self.again(folder, later(0.3))
        if rng.random() < (0.9 if folder.line["state"] == 6 else 0.3):
            self.say(folder, "BackMarket", "<p>This folder was closed.</p>", later(0.6), [])
            folder.closed = folder.modified
            folder.claim["state"] = 9
            for label in folder.claim["return_labels"]:
                label["state"] = "USED"
        return folder


def _texts(order: Order) -> tuple[str, ...]:
    return _TEXTS.get(order.payload["country_code"][:2], _TEXTS["en"])
