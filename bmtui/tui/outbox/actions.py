"""Actions on the outbox: taking back, settling, pausing and resuming."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, Action
from bmtui.tui.actions.why_not import Context
from bmtui.words import EFFECT_OF_PERSON, EffectState


def _acts() -> ModuleType:
    from bmtui.tui.outbox import acts

    return acts


def _effect(context: Context) -> str | None:
    from bmtui.desk.outbox.actions import EffectView

    return None if context.get(EffectView) else "There is nothing under the cursor."


def _order(context: Context) -> str | None:
    from bmtui.desk.outbox.actions import EffectView

    effect = context.get(EffectView)
    return _effect(context) or (None if effect and effect.order_id else "It is about no order.")


def _planned(context: Context) -> str | None:
    from bmtui.desk.outbox.actions import EffectView

    effect = context.get(EffectView)
    if context.read_only or effect is None:
        return why_not.write(context) or _effect(context)
    if effect.state == EffectState.PLANNED:
        return None
    return f"It is {effect.state_label}: only what was not sent can be withdrawn."


def _unknown(context: Context) -> str | None:
    from bmtui.desk.outbox.actions import EffectView

    effect = context.get(EffectView)
    if context.read_only or effect is None:
        return why_not.write(context) or _effect(context)
    return None if effect.state in EFFECT_OF_PERSON else f"It is {effect.state_label}: nobody needs to settle it."


def _pausable(context: Context) -> str | None:
    from bmtui.desk.companies.sending_pauses import PauseView

    if context.read_only or context.get(PauseView) is None:
        return why_not.write(context)
    return "Sending is paused already: R resumes it."


def _paused(context: Context) -> str | None:
    from bmtui.desk.companies.sending_pauses import PauseView

    if context.read_only or context.get(PauseView) is not None:
        return why_not.write(context)
    return "Nobody paused sending here: what is said in red, if anything, has another cause."


def _unsettled(context: Context) -> str | None:
    from bmtui.tui.widgets.meanings import Meaning, of_effect

    order = context.order
    doubtful = order is not None and any(of_effect(state) is Meaning.UNKNOWN for state in order.effects.values())
    return "Settle" if doubtful else ""


def _effect_in(context: Context, states: tuple[EffectState, ...], word: str) -> str | None:
    from bmtui.desk.outbox.actions import EffectView

    effect = context.get(EffectView)
    return word if effect is not None and effect.state in states else ""


ACTIONS: tuple[Action, ...] = (
    Action("order.take_back", "Take back", "Withdraw the last thing that you sent, as long as it has not left.",
           ("u",), "Desk", EVERYWHERE, lambda screen: _acts().take_back(screen), why_not=why_not.write,
           after="order.bring_back"),
    Action("desk.outbox", "Outbox", "What waits to be sent, and what nobody knows.", ("Q",), "Desk", EVERYWHERE,
           lambda screen: _acts().open_outbox(screen), use=_unsettled, not_in=("outbox",), after="care.download"),
    Action("outbox.show", "Show", "What is sent, and what is known of it.", ("enter",), "Outbox", ("outbox",),
           lambda screen: screen.do_show(), why_not=_effect, hint=1, former=("o",)),
    Action("outbox.order", "Order", "The order that it is about.", ("o",), "Outbox", ("outbox",),
           lambda screen: _acts().open_order(screen), why_not=_order),
    Action("outbox.withdraw", "Withdraw", "Take back what was not sent; its amount is refundable again.", ("x",),
           "Outbox", ("outbox",), lambda screen: screen.do_withdraw(), destructive=True, why_not=_planned,
           use=lambda context: _effect_in(context, (EffectState.PLANNED,), "Withdraw"), hint=2),
    Action("outbox.settle", "Settle", "Say whether it happened, after a look at what Back Market shows.", ("s",),
           "Outbox", ("outbox",), lambda screen: screen.do_settle(), destructive=True, why_not=_unknown,
           use=lambda context: _effect_in(context, EFFECT_OF_PERSON, "Settle"), hint=3),
    Action("outbox.everything", "Everything", "Also what is settled, or only what is not.", ("a",), "Outbox",
           ("outbox",), lambda screen: screen.do_everything(), hint=4),
    Action("outbox.pause", "Pause", "Nothing leaves any more, of any company in view.", ("p",), "Outbox", ("outbox",),
           lambda screen: screen.do_pause(), why_not=_pausable, hint=5, former=("P",)),
    Action("outbox.resume", "Resume", "What waits is sent again.", ("R",), "Outbox", ("outbox",),
           lambda screen: screen.do_resume(), destructive=True, why_not=_paused),
)  # fmt: skip
