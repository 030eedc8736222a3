"""Actions on an order that change nothing but its notes; Today; and the digits of sections and lists."""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, ORDERS, Action, Many
from bmtui.tui.actions.why_not import Context


def _acts() -> ModuleType:
    from bmtui.tui.overview import acts

    return acts


async def _open_today(screen: Any) -> None:
    from bmtui.tui.overview.today_screen import TodayScreen

    await screen.desk_app.show(TodayScreen())


async def _open_list(screen: Any, number: int) -> None:
    await screen.do_list(number)


def _nothing(context: Context) -> str | None:
    from bmtui.desk.overview.today import Row

    row = context.get(Row)
    return None if row is not None and row.count else "Nothing of this kind needs you."


def _go_section(screen: Any, number: int) -> None:
    screen.go_section(number)


ACTIONS: tuple[Action, ...] = (
    Action(
        "order.note",
        "Note",
        "Write a note about the order.",
        ("n",),
        "Order",
        ORDERS,
        lambda screen: _acts().note(screen),
        many=Many(
            lambda screen, rows: _acts().gather_note(screen, rows),
            lambda desk, row, answer: _acts().note_each(desk, row, answer),
        ),
        why_not=why_not.order_write,
        hint=14,
        after="order.refund",
    ),
    Action(
        "order.copy",
        "Copy the order id",
        "To the terminal's clipboard (OSC 52).",
        ("y",),
        "Order",
        ORDERS,
        lambda screen: _acts().copy(screen),
        many=Many(lambda screen, rows: _acts().copy_all(screen, rows)),
        why_not=why_not.order,
    ),
    Action(
        "order.papers",
        "Papers",
        "Delivery note, BackShip label, packing slip or pick list: saved or printed.",
        ("p", "f8"),
        "Fulfilment",
        ORDERS,
        lambda screen: _acts().papers(screen),
        why_not=why_not.order,
        many=Many(lambda screen, rows: _acts().papers_of_all(screen, rows)),
        after="order.identify",
    ),
    Action(
        "order.paper_name",
        "Name for papers",
        "What stands on invoices and packing slips in the place of the buyer's name.",
        ("Y",),
        "Order",
        ORDERS,
        lambda screen: _acts().paper_name(screen),
        why_not=why_not.order_write,
        after="order.papers",
    ),
    Action(
        "order.as_it_was",
        "As it was",
        "The order as it was at another time.",
        ("T",),
        "Order",
        ORDERS,
        lambda screen: _acts().as_it_was(screen),
        why_not=why_not.order,
        after="desk.audit",
    ),
    Action(
        "order.evidence",
        "Evidence pack",
        "All that is known of the order, with hashes, as PDF or JSON.",
        ("Z",),
        "Order",
        ORDERS,
        lambda screen: _acts().pack(screen),
        why_not=why_not.order,
    ),
    Action(
        "desk.today",
        "Today",
        "What needs you, the most urgent first, and how the day goes.",
        ("full_stop",),
        "Desk",
        EVERYWHERE,
        _open_today,
        not_in=("today",),
        after="desk.outbox",
    ),
    Action(
        "desk.orders",
        "Orders",
        "The list of all orders, from wherever you are.",
        (),
        "Desk",
        EVERYWHERE,
        lambda screen: screen.desk_app.go_home(),
        not_in=("search",),
    ),
    Action(
        "today.open",
        "Worst one",
        "Open the worst of the row.",
        ("enter",),
        "Today",
        ("today",),
        lambda screen: screen.do_open(),
        why_not=_nothing,
        hint=1,
    ),
    Action(
        "today.next",
        "Next",
        "Open the most urgent of all that was not opened yet.",
        ("n",),
        "Today",
        ("today",),
        lambda screen: screen.do_next(),
        hint=2,
    ),
    Action(
        "shift.next",
        "Next",
        "Once what Today opened is worked: open the next.",
        ("n",),
        "Today",
        ("outbox", "folder", "folders", "approvals", "drifts", "job", "jobs", "ways"),
        None,
        why_not=lambda context: "Today (.) opens one after the other; n goes on once that is worked.",
    ),
    *(
        Action(
            f"today.{number}",
            f"List {number}",
            f"Open the list of row {number}.",
            (str(number),),
            "Today",
            ("today",),
            partial(_open_list, number=number),
            digit=number,
            # One footer hint stands for all digits.
            hint=3 if number == 1 else 0,
        )
        for number in range(1, 10)
    ),
    *(
        Action(
            f"section.{number}",
            f"Section {number}",
            f"Jump to section {number} of the order.",
            (str(number),),
            "Sections",
            ("order",),
            partial(_go_section, number=number),
            digit=number,
            after="move.end" if number == 1 else "",
        )
        for number in range(1, 10)
    ),
)
