"""The markets, and invented buyers with the names, addresses and telephone numbers of each."""

import random
import unicodedata
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Market:
    """A market of API §1. `names` are given and family names; a Japanese one is `written/pronounced`."""

    code: str
    currency: str
    zone_name: str
    given: str
    family: str
    places: tuple[tuple[str, str], ...]
    streets: tuple[str, ...]
    phone: str
    carriers: tuple[str, ...]
    shipping_prices: tuple[str, ...]
    weight: int

    @property
    def country(self) -> str:
        return self.code[-2:].upper()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)


_EUR = ("0.00", "0.00", "4.99", "9.90")

# A `#` stands for a random digit. The numbers stand in ranges that are kept for fiction where a country has one.
MARKETS: Final = (
    Market(
        "fr-fr", "EUR", "Europe/Paris",
        "Camille Élodie Jean-Baptiste Zoé François Anaïs Loïc Maëlle Noémie Thierry Inès Hervé",
        "Dupont Lefèvre Garçon N'Guyen Désirée-Moreau Exemple Béranger d'Aubigné Le_Goff Fontaine Châtelain Gauthier",
        (("69003", "Lyon"), ("75011", "Paris"), ("97400", "Saint-Denis"), ("01000", "Bourg-en-Bresse")),
        ("{} rue de l'Essai", "{} bis avenue du Modèle", "{} chemin des Échantillons"),
        "+33639980###", ("Chronopost", "Colissimo", "DHL"), _EUR, 26,
    ),
    Market(
        "de-de", "EUR", "Europe/Berlin",
        "Jürgen Anneliese Björn Käthe Sören Lena Maximilian Ursula Götz Friederike",
        "Müller Weiß Schröder von_der_Heide Musterfrau Bäcker Größmann Übelacker Hofmann-Ködel Schmidt",
        (("10115", "Berlin"), ("80331", "München"), ("50667", "Köln"), ("01067", "Dresden"), ("24103", "Kiel")),
        ("Musterstraße {}", "Am Alten Prüfstand {}", "Lindenallee {}a"),
        "+4917139200##", ("DHL", "DPD", "GLS"), _EUR, 18,
    ),
    Market(
        "es-es", "EUR", "Europe/Madrid",
        "María_José Iñaki Begoña Álvaro Lucía Núria Ramón Íñigo Soledad",
        "García_Márquez Núñez Peña Ejemplo_Ibáñez Castaño Ruiz_de_la_Prueba Etxebarria Güell",
        (("28004", "Madrid"), ("08012", "Barcelona"), ("48001", "Bilbao"), ("07001", "Palma")),
        ("Calle de la Muestra {}", "Avda. del Ejemplo {}, 3.º B", "Plaça de la Prova {}"),
        "+3460000####", ("Correos", "GLS", "UPS"), _EUR, 12,
    ),
    Market(
        "it-it", "EUR", "Europe/Rome",
        "Giulia Niccolò Chiara Gianluca Desirée Matteo Ludovica Raffaele",
        "Rossi D'Amico Dell'Esempio Nicolò Bevilacqua Lo_Presti Esposito De_Santis",
        (("20121", "Milano"), ("00184", "Roma"), ("80133", "Napoli"), ("39100", "Bolzano")),
        ("Via della Prova {}", "Corso dell'Esempio {}", "Piazza Campione {}/B"),
        "+39350000####", ("BRT", "GLS", "DHL"), _EUR, 10,
    ),
    Market(
        "en-gb", "GBP", "Europe/London",
        "Sam Siobhán Alistair Priya Rhys Zoë Olúwaṣeun Harriet",
        "Placeholder O'Neill MacDonald Okafor-Smythe Llewellyn Patel St_John-Featherstonehaugh Ng",
        (("BS1 9ZZ", "Bristol"), ("EH1 1YZ", "Edinburgh"), ("SW1A 2AA", "London"), ("CF10 1EP", "Cardiff")),
        ("{} Test Lane", "Flat {}, Sample House", "{} Specimen Road"),
        "+447700900###", ("Royal Mail Express", "DPD", "UPS"), ("0.00", "0.00", "4.99"), 10,
    ),
    Market(
        "sv-se", "SEK", "Europe/Stockholm",
        "Åsa Björn Märta Örjan Linnéa Sven-Åke Göran Ingrid",
        "Åkerström Öberg Exempelsson Sjögren Lindqvist Hägglöf af_Klint Nyström",
        (("114 55", "Stockholm"), ("411 04", "Göteborg"), ("211 22", "Malmö"), ("903 26", "Umeå")),
        ("Provgatan {}", "Exempelvägen {} lgh 1102", "Östra Mönstergränd {}"),
        "+46701740###", ("PostNord", "DHL"), ("0.00", "49.00"), 5,
    ),
    Market(
        "el-gr", "EUR", "Europe/Athens",
        "Γιώργος Ελένη Νίκος Αικατερίνη Θεόδωρος Χρυσούλα",
        "Παπαδόπουλος Οικονόμου Δειγματίδης Καραγιάννη Ξενάκης Ψαρρού",
        (("105 57", "Αθήνα"), ("546 24", "Θεσσαλονίκη"), ("712 02", "Ηράκλειο")),
        ("Οδός Δοκιμής {}", "Λεωφόρος Υποδείγματος {}"),
        "+3069000#####", ("ACS", "DHL"), _EUR, 4,
    ),
    Market(
        "nl-nl", "EUR", "Europe/Amsterdam",
        "Daan Anouk Willemijn Joris Noëlle Thijs",
        "de_Vries van_'t_Voorbeeld IJsbrandy Jansen van_den_Berg Kröller",
        (("1012 AB", "Amsterdam"), ("3511 CE", "Utrecht"), ("9711 LM", "Groningen")),
        ("Proefstraat {}", "Voorbeeldkade {}-II"),
        "+3161000####", ("PostNL", "DHL"), _EUR, 5,
    ),
    Market(
        "pt-pt", "EUR", "Europe/Lisbon",
        "João Conceição Inês Gonçalo Mafalda Simão",
        "da_Conceição_Amostra Guimarães Magalhães Antão Pires_de_Lima",
        (("1100-148", "Lisboa"), ("4050-253", "Porto"), ("9000-072", "Funchal")),
        ("Rua da Amostra {}", "Travessa do Exemplo {}, 2.º Esq."),
        "+3519100#####", ("CTT", "DPD"), _EUR, 3,
    ),
    Market(
        "en-us", "USD", "America/New_York",
        "Taylor Jordan DeShawn Guadalupe Hunter Mackenzie",
        "Sampleton Washington Rodríguez Van_Buren Example-Jones Li",
        (("10001", "New York"), ("11201", "Brooklyn"), ("14604", "Rochester")),
        ("{} Test Ave", "{} Example St Apt 4B", "PO Box {}"),
        "+121255501##", ("UPS", "FedEx", "USPS"), ("0.00", "0.00", "7.99"), 5,
    ),
    Market(
        "ja-jp", "JPY", "Asia/Tokyo",
        "太郎/タロウ 花子/ハナコ 健一/ケンイチ 美咲/ミサキ さくら/サクラ",
        "山田/ヤマダ 見本/ミホン 佐々木/ササキ 髙橋/タカハシ 渡邊/ワタナベ",
        (("150-0001", "渋谷区"), ("530-0001", "大阪市北区"), ("060-0042", "札幌市中央区")),
        ("神宮前{}丁目1-2", "見本町{}-8 サンプルマンション203号"),
        "+8190000#####", ("Yamato", "Sagawa"), ("0", "500"), 4,
    ),
)  # fmt: skip

#: People whose names break screens, spreadsheets and terminals that take them at their word.
_ODD: Final = (
    ("[/b]", "Bracket", ""),
    ("Robin", "[red]O'Brien", ""),
    ("Wolfeschlegelsteinhausenbergerdorff-Maximiliane", "Freifrau von und zu Hohenschwangau-Oberammergau-Nord", ""),
    ("=HYPERLINK(A1)", "+Plus", "@SUM(1) GmbH & Co. KG"),
    ("Eve\u202enosreveR", "Bidi", ""),
    ("Esc\x1b[31mape", "Bell\x07", "Red & <b>Bold</b> Ltd"),
    ("山田", "太郎👩‍💻", "株式会社見本"),
    ("Tab\there", "New\nline", ""),
    ("J", "O", "Société d'Exploitation des Établissements Modèle & Fils — Succursale de l'Île-de-France (S.A.R.L.)"),
)  # fmt: skip

_COMPANIES: Final = ("Exemple SARL", "Muster & Söhne GmbH", "Sample Works Ltd", "Ejemplo S.L.", "Prova S.r.l.")


class Buyers:
    """Maker of buyers: one pair of shipping and billing address for each order."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._made = 0

    def addresses(self, market: Market) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return shipping and billing address in the shape of API §4, snake_case."""
        rng = self._rng
        self._made += 1
        given, family = (rng.choice(names.split()).replace("_", " ") for names in (market.given, market.family))
        given, _, given_spoken = given.partition("/")
        family, _, family_spoken = family.partition("/")
        company = rng.choice(_COMPANIES) if rng.random() < 0.08 else ""
        if self._made % 40 == 17:
            given, family, company = _ODD[self._made // 40 % len(_ODD)]
            given_spoken = family_spoken = ""
        postal_code, city = rng.choice(market.places)
        ship_to: dict[str, Any] = {
            "company": "",
            "first_name": given,
            "first_name_pronunciation": given_spoken or None,
            "last_name": family,
            "last_name_pronunciation": family_spoken or None,
            "street": rng.choice(market.streets).format(rng.randint(1, 240)),
            "street2": rng.choice(("", "", "", "Bât. C, 3e étage", "c/o Reception", "2nd floor")),
            "postal_code": postal_code,
            "country": market.country,
            "city": city,
            "phone": "".join(str(rng.randrange(10)) if sign == "#" else sign for sign in market.phone),
            "email": "" if rng.random() < 0.06 else f"{_mail_name(given, family)}{self._made}@example.com",
            "customer_id_number": f"{rng.randrange(10**8):08d}Z" if market.code == "es-es" else "",
        }
        if market.code == "en-us":
            # Both names occur for the state (API §4).
            ship_to[rng.choice(("state", "state_or_province"))] = "NY"
        bill_to = dict(ship_to, company=company)
        if rng.random() < 0.15:
            bill_to["street"] = rng.choice(market.streets).format(rng.randint(1, 240))
        return ship_to, bill_to


def _mail_name(given: str, family: str) -> str:
    plain = unicodedata.normalize("NFKD", f"{given}.{family}".lower()).encode("ascii", "ignore").decode()
    return "".join(sign for sign in plain if sign.isalnum() or sign == ".").strip(".") or "customer"
