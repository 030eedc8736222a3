"""Values seen in sellers' own data, beyond what is documented (API §4), and how often they come."""

import random
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

#: Text of every field but the country in the addresses of a buyer whom Back Market erased.
ERASED: Final = "Deleted"

#: Payment methods that come beside the usual three.
OTHER_PAYMENT_METHODS: Final = (
    *("KLARNA_SLICE_IT", "KLARNA_PAY_LATER", "KLARNA_PAY_NOW", "CLEARPAY", "ONEY3X", "ONEY4X", "GOOGLE_PAY", "SOFORT"),
)

#: The documented names of an address in camelCase; nothing else stands in one, neither `email` nor an id number.
CAMEL_ADDRESS: Final[Mapping[str, str]] = {
    "company": "company",
    "first_name": "firstName",
    "last_name": "lastName",
    "street": "street",
    "street2": "street2",
    "postal_code": "postalCode",
    "city": "city",
    "state": "state",
    "country": "country",
    "phone": "phoneNumber",
}

#: Carriers that the document lists; two of them differ from others by a blank only.
DOCUMENTED_CARRIERS: Final = frozenset(
    """Allied Express|Aramex Australia|Australia Post|Australia Post Express|Austrian Post|BPost|BRT|CTT|Chronopost
    Chronopost Express|ColisPrivé|Colissimo|Correos|Correos Express|Couriers Please|Cubyn|Cubyn Express|DB Schenker|DHL
    DHL  EXPRESS|DHL DE|DHL Express|DHL NL|DHL Parcel Spain|DHL SP|DPD|DPD Benelux|DPD DE|DPD FR|DPD International
    DPD UK|DPD UK Express|DTDC Australia|Deutsche Post|FedEx|FedEx - 2Days|FedEx - Overnight|FedEx Express
    FedEx International|GLS|GLS - DE|GLS - FR|GLS - IT|GLS International|GLS Spain Express|GLS-SPAIN|Geodis
    Girard Agediss - Livraison dans la pièce de votre choix sur RDV|Hermes - DE|Hermes - UK|Japan Post
    Livraison au pied du camion|Livraison dans la pièce de votre choix|Logoix|MRW|Murfy transporteur|NACEX
    ParcelForce Express|Parcelforce (Worldwide)|Parcelpoint Pty Ltd|Post NL|Poste Italiane|Private Transporter
    Royal Mail|Royal Mail Express|Sagawa|Seino|Sendle|Seur|Socolissimo|Star Track Express|TIPSA|TIPSA Express|TNT
    TNT Australia|TNT Express|Tourline|UPS|UPS 2 days|UPS 2nd Day Air|UPS Express|UPS Ground|UPS Overnight
    UPS express save|UPS next day|UPS standard|USPS|USPS - First Class|USPS - Priority Mail
    USPS - Priority Mail Express|USPS Express|VIR|Yamato|Zeleris""".replace("\n    ", "|").split("|")
)


class Observed:
    """Makes an order of the practice marketplace look like those that were seen; draws from a source of its own."""

    def __init__(self, seed: int, quirks: Mapping[str, str]) -> None:
        self._rng = random.Random(f"observed {seed}")  # noqa: S311 - practice, not secrets
        self._quirks = quirks

    def addresses(
        self, ship_to: dict[str, Any], bill_to: dict[str, Any], *, settled: bool
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Both addresses in the style that is asked for; of a `settled` order, some are of an erased buyer."""
        chance = self._rng.random()
        # The billing address has mostly no telephone number.
        bill_to = bill_to | {"phone": None} if chance < 0.9 else bill_to
        if settled and chance < 0.012 and self._quirks["erased-buyers"] == "some":
            ship_to, bill_to = erased(ship_to), erased(bill_to)
        if self._quirks["addresses"] == "snake_case":
            return ship_to, bill_to
        return _camel(ship_to), _camel(bill_to)

    def payment_method(self) -> str:
        """Return a payment method other than the usual three."""
        return self._rng.choice(OTHER_PAYMENT_METHODS)

    def payment_reference(self) -> str:
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def delay(self) -> timedelta:
        """Return the extra time that the buyer takes to pay: up to five hours."""
        return timedelta(seconds=self._rng.randint(3_600, 17_000) if self._rng.random() < 0.02 else 0)

    def cancel_reason(self, state: int) -> int:
        """The `return_reason` of a line that was not shipped."""
        return self._rng.choice((0, 25)) if state == 4 else 0

    def tracking(self, number: str) -> str:
        """The tracking number; some sellers put a URL there."""
        return f"https://carrier.example.com/track/{number:0>117}" if number and self._rng.random() < 0.01 else number

    def line_carrier(self, carrier: str) -> str:
        """The carrier of a line, which often is another one than the order's."""
        return f"{carrier} Express".replace("Express Express", "Express") if self._rng.random() < 0.17 else carrier

    def has_delivery_mode(self) -> bool:
        """Return whether the field is present."""
        return self._rng.random() >= 0.1


def erased(address: Mapping[str, Any]) -> dict[str, Any]:
    """The address of a buyer whom Back Market erased."""
    return {name: value if name in ("country", "id") else ERASED for name, value in address.items()}


def _camel(address: Mapping[str, Any]) -> dict[str, Any]:
    state = address.get("state") or address.get("state_or_province") or ""
    return {camel: state if name == "state" else address[name] for name, camel in CAMEL_ADDRESS.items()}
