"""Dialog for a new company: the values that have no default; then one cheap call that tests the token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bmtui.channel.platforms import PLATFORMS
from bmtui.desk.companies import adding as company_adding
from bmtui.desk.companies import channel_access
from bmtui.desk.companies.fields import ADD, SHADOW, TOKEN
from bmtui.desk.core.views import CompanyView
from bmtui.errors import BmtuiError, ConfigError
from bmtui.tui.dialogs.form import Form, field

_ABOUT = (
    "The token is in the Back Office under Options › API. It is kept in a file that only you can read, and never shown "
    "again. Everything else has defaults, which the settings (,) show and change."
)


async def add(screen: Any) -> CompanyView | None:
    """Ask for a company and add it; None when the dialog was left.

    Raises:
        ChannelError: it is added, and Back Market does not take what was given.
    """
    app = screen.desk_app

    async def attempt(given: Mapping[str, str]) -> CompanyView:
        if not given["token"]:
            raise ConfigError("A company needs its token.", "Paste it into the field.", field=TOKEN.name)
        # Empty fields get their defaults.
        typed = {name: value for name, value in given.items() if value and name not in ("name", SHADOW.name)}
        in_shadow = bool(SHADOW.read(given[SHADOW.name]))
        added: CompanyView = await app.desk.write(company_adding.add, given["name"], in_shadow=in_shadow, **typed)
        return added

    platforms = [(one.key, one.label) for one in PLATFORMS.values()]
    fields = [field(one, options=platforms if one.name == "platform" else ()) for one in ADD if one is not SHADOW]
    fields = [*fields[:-1], field(TOKEN), fields[-1], field(SHADOW)]
    form = Form("Add a company", fields, attempt, about=[(_ABOUT, "dim")], verb="Add")
    added: CompanyView | None = await app.ask(form)
    if added is None:
        return None
    await app.read_companies()
    app.top.show_header()
    app.top.reload()
    screen.say(f"{added.name} is added. Asking Back Market …")
    try:
        sentence = await channel_access.check(app.desk, added.name)
    except BmtuiError:
        screen.say(f"{added.name} is added, and not connected yet: in Settings (,) e edits, t tests.", "warn")
        raise
    screen.say(f"{added.name} is added: {sentence}", "good")
    return added
