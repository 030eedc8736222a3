"""Templates of answers, a set for each language: a file in the config folder that users may edit."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bmtui import plain_file, toml_text
from bmtui.desk.after_sales.rows import FolderRow
from bmtui.desk.core.context import Desk
from bmtui.errors import ConfigError, NotFound, unreadable
from bmtui.text import plain

FILE = "care-templates.toml"
PLACEHOLDERS = ("customer", "order", "sku", "company", "folder")

BUILT_IN = '''\
# Answers to begin with in after-sales folders, by language and name. The words in braces are filled in:
# {customer} {order} {sku} {company} {folder}
# A language that is not here gets the English ones.

[en]
"Received" = """
Dear {customer},
thank you for your message about order {order}. We look into it and answer within one business day.
{company}"""
"Send it back" = """
Dear {customer},
please send the device back with the return label that you find in this folder,
without accessories and signed out of all accounts.
{company}"""
"Pictures" = """
Dear {customer},
please send us pictures of the device and of its serial number, so that we can help you at once.
{company}"""
"Refunded" = """
Dear {customer},
your device has arrived and your refund is on its way. It takes some days until your bank shows it.
{company}"""

[fr]
"Received" = """
Bonjour {customer},
merci pour votre message au sujet de la commande {order}. Nous vous répondons sous un jour ouvré.
{company}"""
"Send it back" = """
Bonjour {customer},
merci de renvoyer l'appareil avec l'étiquette de retour jointe à ce dossier,
sans accessoires et déconnecté de tous les comptes.
{company}"""
"Pictures" = """
Bonjour {customer},
pourriez-vous nous envoyer des photos de l'appareil et de son numéro de série ?
{company}"""
"Refunded" = """
Bonjour {customer},
votre appareil est bien arrivé et votre remboursement est en cours. Il apparaîtra sur votre compte sous quelques jours.
{company}"""

[de]
"Received" = """
Guten Tag {customer},
vielen Dank für Ihre Nachricht zur Bestellung {order}. Wir antworten innerhalb eines Werktags.
{company}"""
"Send it back" = """
Guten Tag {customer},
bitte senden Sie das Gerät mit dem Rücksendeetikett aus diesem Vorgang zurück,
ohne Zubehör und von allen Konten abgemeldet.
{company}"""
"Pictures" = """
Guten Tag {customer},
bitte senden Sie uns Bilder des Geräts und seiner Seriennummer.
{company}"""
"Refunded" = """
Guten Tag {customer},
Ihr Gerät ist angekommen, die Erstattung ist veranlasst. Bis zur Gutschrift dauert es einige Tage.
{company}"""

[es]
"Received" = """
Hola {customer}:
Gracias por su mensaje sobre el pedido {order}. Le responderemos en un día laborable.
{company}"""
"Send it back" = """
Hola {customer}:
Por favor, devuelva el dispositivo con la etiqueta de devolución,
sin accesorios y con la sesión cerrada en todas las cuentas.
{company}"""

[it]
"Received" = """
Buongiorno {customer},
grazie per il messaggio sull'ordine {order}. Le risponderemo entro un giorno lavorativo.
{company}"""
"Send it back" = """
Buongiorno {customer},
restituisca il dispositivo con l'etichetta di reso, senza accessori e scollegato da tutti gli account.
{company}"""

[nl]
"Received" = """
Beste {customer},
bedankt voor uw bericht over bestelling {order}. We antwoorden binnen één werkdag.
{company}"""
"Send it back" = """
Beste {customer},
stuur het toestel terug met het retourlabel, zonder accessoires en afgemeld bij alle accounts.
{company}"""

[pt]
"Received" = """
Olá {customer},
obrigado pela sua mensagem sobre a encomenda {order}. Responderemos no prazo de um dia útil.
{company}"""

[sv]
"Received" = """
Hej {customer},
tack för ditt meddelande om beställning {order}. Vi svarar inom en arbetsdag.
{company}"""
'''


@dataclass(frozen=True, slots=True)
class Template:
    """Template of an answer; `own`: it comes from the file in the config folder."""

    language: str
    name: str
    text: str
    own: bool


def path(desk: Desk) -> Path:
    """Path of the file that users may edit; it need not exist."""
    return desk.settings.config / FILE


def listing(desk: Desk, language: str | None = None) -> tuple[Template, ...]:
    """Return the templates, of one language or of all.

    Raises:
        ConfigError: the file cannot be read, with the place.
    """
    found = _all(desk)
    return tuple(template for template in found if language is None or template.language == language.lower())


def offered(desk: Desk, language: str) -> tuple[Template, ...]:
    """Return the templates for a customer of this language; the English ones when it has none. Raises ConfigError."""
    return listing(desk, language) or listing(desk, "en")


def filled(desk: Desk, row: FolderRow, name: str, language: str = "") -> str:
    """Return the template's text with its placeholders filled from the folder, in the language of the folder's market.

    Raises:
        NotFound: no such template. ConfigError: an unknown placeholder.
    """
    choices = offered(desk, language or row.market[:2] or "en")
    template = next((known for known in choices if known.name.casefold() == name.strip().casefold()), None)
    if template is None:
        names = ", ".join(known.name for known in choices) or "none"
        raise NotFound(f"There is no template '{plain(name)[:40]}'.", f"Templates: {names}.")
    values: Mapping[str, str] = {
        "customer": row.customer,
        "order": "" if row.order_id is None else str(row.order_id),
        "sku": row.sku,
        "company": row.company,
        "folder": str(row.folder_id),
    }
    # One pass: filled-in texts are foreign, and their own braces are never replaced.
    return re.sub(r"\{([a-z_]+)\}", lambda match: values[match[1]], template.text)


def write_file(desk: Desk) -> Path:
    """Write the built-in templates into the config folder, to be edited; return the path.

    Raises:
        ConfigError: the file is there already, or cannot be written.
    """
    desk.must_write()
    place = path(desk)
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(BUILT_IN)
    except FileExistsError as error:
        raise ConfigError(f"{place} exists already; it was left as it is.", "Edit it.") from error
    except OSError as error:
        raise ConfigError(f"{place} cannot be written: {unreadable(error)}.") from error
    return place


def _all(desk: Desk) -> list[Template]:
    place = path(desk)
    try:
        return _parsed(plain_file.read_text(place), str(place), own=True)
    except FileNotFoundError:
        return _parsed(BUILT_IN, FILE, own=False)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{place} cannot be read: {unreadable(error)}.", "It must be a UTF-8 file.") from error


def _parsed(text: str, place: str, *, own: bool) -> list[Template]:
    try:
        tables = toml_text.read(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{place} is not valid TOML: {error}.", "Correct that line.") from error
    found = []
    for language, templates in tables.items():
        if not isinstance(templates, dict) or not re.fullmatch(r"[a-z]{2}", language):
            raise ConfigError(f"{place}: '{language[:40]}' is not a language.", "Write a table such as [fr].")
        for name, body in templates.items():
            if not isinstance(body, str):
                raise ConfigError(f"{place}: '{name}' of [{language}] is not a text.", "Write it between quotes.")
            unknown = set(re.findall(r"\{([a-z_]+)\}", body)) - set(PLACEHOLDERS)
            if unknown:
                known = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
                raise ConfigError(
                    f"{place}: '{name}' of [{language}] has the unknown word {{{min(unknown)}}}.",
                    f"Use {known}.",
                )
            found.append(Template(language, plain(name).strip(), plain(body, multiline=True).strip(), own))
    return found
