"""Identifier policy of a company: which SKUs ship with an IMEI, a serial number, no identifier, or as a person says.

    PHN*=imei; LAP*=serial; ACC*=none; TAB*=ask

Of several patterns that fit a SKU the longest counts. Without one the product decides: a phone needs its IMEI, an
accessory nothing, and of all else a person is asked (input §1). Back Market takes IMEIs of phones and serial numbers of
others, never both for a line (API §11).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache

from bmtui.errors import ConfigError
from bmtui.text import plain
from bmtui.values.identifier import Kind

ADVICE = "Write it like: PHN*=imei; LAP*=serial; ACC*=none; TAB*=ask."
MOST = 3_000
"""Longest text of a policy, in characters."""
DEFAULT = (
    "imei where brand or title say a phone (iPhone, Galaxy S, Pixel 7, smartphone, unlocked …); none for accessories "
    "(charger, cable, case …); ask for all else"
)
"""Default rule, for SKUs that fit no pattern, as text for users."""


class Need(StrEnum):
    """Identifier that a piece needs before it ships."""

    IMEI = "imei"
    SERIAL = "serial"
    ASK = "ask"
    NONE = "none"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Need.IMEI: "require IMEI",
    Need.SERIAL: "require serial number",
    Need.ASK: "ask",
    Need.NONE: "none",
}


@dataclass(frozen=True, slots=True)
class Product:
    """SKU, title and brand of an order line, by which the policy decides."""

    sku: str
    title: str
    brand: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Identifier that the pieces of a product need, and why.

    Attributes:
        kind: the only kind that Back Market registers for it; None where the product does not tell.
        because: the reason, without a full stop.
        pattern: the pattern that fitted; '' for the default.
    """

    need: Need
    kind: Kind | None
    because: str
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Policy of a company: needs by SKU pattern, in the order of the text."""

    needs: Mapping[str, Need]

    def __str__(self) -> str:
        return "; ".join(f"{pattern}={need}" for pattern, need in self.needs.items())

    def of(self, product: Product) -> Verdict:
        sku = product.sku.casefold()
        fitting = [pattern for pattern in self.needs if fnmatchcase(sku, pattern.casefold())]
        default = _default(product)
        if not fitting:
            return default
        pattern = max(fitting, key=lambda fits: (len(fits.replace("*", "")), fits))
        need = self.needs[pattern]
        kind = {Need.IMEI: Kind.IMEI, Need.SERIAL: Kind.SERIAL, Need.ASK: default.kind}.get(need)
        return Verdict(need, kind, f"the policy says {pattern}={need}", pattern)


@lru_cache(maxsize=64)
def parse(text: str) -> Policy:
    """Parse the text of a policy.

    Raises:
        ConfigError: a part is no PATTERN=NEED, or a pattern is there twice.
    """
    found: dict[str, Need] = {}
    for part in filter(None, (plain(piece).strip() for piece in re.split(r"[;\n]", text))):
        pattern, _, word = (piece.strip() for piece in part.rpartition("="))
        need = next((need for need in Need if word.casefold() in (need.value, need.label.casefold())), None)
        if not pattern or need is None:
            raise ConfigError(f"'{part[:60]}' is no PATTERN=NEED of an identifier policy.", ADVICE)
        if any(pattern.casefold() == other.casefold() for other in found):
            raise ConfigError(f"The pattern '{pattern[:60]}' is there twice.", "Say once what its SKUs leave with.")
        found[pattern] = need
    return Policy(found)


_PHONE = re.compile(
    r"\b(?:i-?phone|smart-?phone|phone|mobile phone|telephone|handy|movil|telefono|telefoon|puhelin"
    r"|galaxy (?:[sajm]\d+\w*|z|note|xcover|fold|flip)|pixel \d\w*|redmi|poco|mi \d+\w*|xiaomi \d+\w*|one ?plus"
    r"|huawei p\d+|p\d0 (?:pro|lite)|mate \d+|nova \d+\w*|honor \d+\w*|find x\d*|reno ?\d+|realme|fairphone|xperia"
    r"|moto|motorola|nokia|blackberry|zenfone)\b"
)
_UNLOCKED = re.compile(
    r"\b(?:unlocked|debloque|sim[- ]?free|sim[- ]?lock ?frei|sim[- ]?lock ?vrij|ohne vertrag|ohne simlock|libre"
    r"|desbloqueado|sbloccato|olast|ulast|ksekleidomeno|odblokovany|dual sim)\b"
)
_OTHER_DEVICE = re.compile(
    r"\b(?:i-?pad|tab|tablet\w*|tablette|pad|mac ?book|i-?mac|laptop\w*|notebook|ordinateur|portable pc|thinkpad"
    r"|chromebook|surface|watch\w*|montre|uhr|reloj|smart-?watch|air-?pods?|buds|head-?phones?|ear-?phones?|ear-?buds"
    r"|casque|ecouteurs|kopfhorer|auriculares|cuffie|console|konsole|playstation|ps\d|xbox|switch|kindle|camera"
    r"|appareil photo|kamera|tv|televiseur|printer|imprimante|monitor|ecran|speaker|enceinte|drone|home-?pod"
    r"|e-?reader)\b"
)
_ACCESSORY = re.compile(
    r"\b(?:charger|chargeur|ladegerat|netzteil|cargador|caricatore|caricabatterie|oplader|laddare|carregador"
    r"|cable|kabel|cavo|cabo|case|cover|coque|etui|hulle|schutzhulle|funda|custodia|hoesje|skal|capa|protector"
    r"|screen protector|verre trempe|panzerglas|tempered glass|adapter|adaptateur|adaptador|adattatore|strap|bracelet"
    r"|armband|correa|stylus|pencil|dock|docking station|power ?bank|holder|support|halterung|kit)\b"
)
_STORAGE = re.compile(r"\b\d{1,4} ?(?:gb|go|tb|to)\b")


def _default(product: Product) -> Verdict:
    """Return the verdict by brand and title. A phone that is not recognised is the worse mistake."""
    text = _folded(f"{product.brand} {product.title}")
    if not _folded(product.title):
        return Verdict(Need.ASK, None, "the order does not say what it is")
    phone, unlocked, other = (pattern.search(text) for pattern in (_PHONE, _UNLOCKED, _OTHER_DEVICE))
    accessory, holds = _ACCESSORY.search(text), _STORAGE.search(text)
    device = min((found.start() for found in (phone, unlocked, other) if found is not None), default=len(text))
    if accessory is not None and accessory.start() < device and not (unlocked and holds):
        return Verdict(Need.NONE, None, f"'{accessory[0]}' in brand or title means an accessory")
    if other is None and (found := unlocked or phone) is not None:
        return Verdict(Need.IMEI, Kind.IMEI, f"'{found[0]}' in brand or title means a phone")
    return Verdict(Need.ASK, Kind.SERIAL, "brand and title say no phone and no accessory")


def _folded(text: str) -> str:
    """Return the text in small letters without accents, with one blank between words."""
    letters = unicodedata.normalize("NFKD", plain(text).casefold())
    return " ".join("".join(char for char in letters if not unicodedata.combining(char)).replace("_", " ").split())
