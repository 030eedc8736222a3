"""Steps of the actions on tags, assignees and fields: of one order, or of all marked orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.orders.order_row import OrderRow
from bmtui.desk.tags import tags
from bmtui.desk.tags.parameters import TAGS, of_fields
from bmtui.errors import BmtuiError, RuleRefused
from bmtui.text import how_many
from bmtui.tui.dialogs.form import Form, field
from bmtui.tui.dialogs.note import AskText
from bmtui.tui.dialogs.pick import Pick
from bmtui.tui.order_screen import OrderActs

Tags = tuple[tuple[str, ...], tuple[str, ...]]
"""Tags to add, and tags to remove."""

_SHOWN = 12
_NOBODY = "-"


async def tag(screen: OrderActs) -> None:
    """Ask for tags, and add them to the order or remove them."""
    desk, order = screen.desk_and_order()
    answer = await ask_tags(screen, (order,))
    if answer is not None:
        screen.say(await desk.write(tag_each, order, answer), "good")
        await screen.desk_app.check_changes()


async def ask_tags(screen: OrderActs, rows: Sequence[OrderRow]) -> Tags | None:
    """Ask for the tags to add and to remove; None when the dialog was left."""
    app = screen.desk_app
    known = await app.desk.read(tags.known_tags, _SHOWN)
    about = [f"{_named(rows)} · now: {' '.join(rows[0].tags) or 'none'}." if len(rows) == 1 else f"{_named(rows)}."]
    about += [f"There are: {' '.join(known)}."] if known else []
    text = await app.ask(
        AskText(
            "Tags",
            about=f"{' '.join(about)} A minus in front removes a tag: urgent -later",
            empty="Name a tag, or leave with Esc.",
            wrong=_wrong_tags,
            parameter=TAGS,
        )
    )
    return None if text is None else _tags_of(text)


def tag_each(desk: Desk, row: OrderRow, answer: Tags) -> str:
    """Add tags to one of the orders, and remove others."""
    has = tags.tag(desk, row.order_id, add=answer[0], remove=answer[1])
    return f"Order {row.order_id}: {' '.join(has) or 'no tags'}."


def _tags_of(text: str) -> Tags:
    words = text.replace(",", " ").split()
    added = tuple(tags.read_tag(word) for word in words if not word.startswith("-"))
    return added, tuple(tags.read_tag(word.removeprefix("-")) for word in words if word.startswith("-"))


def _wrong_tags(text: str) -> str:
    try:
        _tags_of(text)
    except BmtuiError as error:
        return str(error)
    return ""


async def assign(screen: OrderActs) -> None:
    """Ask for an account, and assign the order to it."""
    desk, order = screen.desk_and_order()
    answer = await ask_assignee(screen, (order,))
    if answer is not None:
        screen.say(await desk.write(assign_each, order, answer), "good")
        await screen.desk_app.check_changes()


async def ask_assignee(screen: OrderActs, rows: Sequence[OrderRow]) -> str | None:
    """Ask for the assignee: an account's name, or nobody; None when the dialog was left."""
    app = screen.desk_app
    me = app.desk.account
    others = [user.account for user in await app.desk.read(permissions.listing) if user.account != me]
    options = [(me, me, "you"), *((name, name, "") for name in others), (_NOBODY, "nobody", "no longer assigned")]
    return await app.ask(Pick(f"Assign · {_named(rows)}", options)) or None


def assign_each(desk: Desk, row: OrderRow, answer: str) -> str:
    """Assign one of the orders."""
    account = tags.assign(desk, row.order_id, "" if answer == _NOBODY else answer)
    return f"Order {row.order_id} is assigned to {account or 'nobody'}."


async def fields(screen: OrderActs) -> None:
    """Ask for the values of the order's named fields, and store them."""
    desk, order = screen.desk_and_order()
    answer = await ask_fields(screen, (order,))
    if answer:
        screen.say(await desk.write(set_each, order, answer), "good")
        await screen.desk_app.check_changes()


async def ask_fields(screen: OrderActs, rows: Sequence[OrderRow]) -> Mapping[str, str] | None:
    """Ask for values of the fields, and return the changed ones; None when the dialog was left."""
    app = screen.desk_app
    names = await app.desk.read(tags.field_names)
    if not names:
        screen.say("Orders have no fields yet: 'bmtui orders field --add NAME' makes one.", "warn")
        return None
    before = {name: rows[0].fields.get(name, "") if len(rows) == 1 else "" for name in names}

    async def attempt(answers: Mapping[str, str]) -> Mapping[str, str]:
        changed = {name: text for name, text in answers.items() if text != before[name]}
        if not changed:
            raise RuleRefused("Nothing was written.", "Change a field, or leave with Esc.")
        for one in of_fields(changed):
            one.read(changed[one.name])
        return changed

    asks = [field(one, before[one.name]) for one in of_fields(names)]
    return await app.ask(Form(f"Fields · {_named(rows)}", asks, attempt))


def set_each(desk: Desk, row: OrderRow, answer: Mapping[str, str]) -> str:
    """Set the fields of one of the orders."""
    tags.set_fields(desk, row.order_id, answer)
    return f"Order {row.order_id}: {', '.join(answer)} set."


def _named(rows: Sequence[OrderRow]) -> str:
    return f"order {rows[0].order_id}" if len(rows) == 1 else how_many(len(rows), "order")
