"""Steps of the rules' actions: writing, trying, turning on and off, deleting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bmtui.desk.companies import acceptance_settings
from bmtui.desk.core.parameter import Answers
from bmtui.desk.rules import parameters, rules
from bmtui.desk.rules import trial as rule_trial
from bmtui.desk.rules.parameters import ACCEPT_LIMIT, ACCEPT_QUERY, LIMIT, NAME, QUERY, RULE, THEN, WHEN
from bmtui.desk.rules.views import Draft, RuleView, Trial
from bmtui.errors import NotFound
from bmtui.tui.dialogs.confirm import Confirm, Notice
from bmtui.tui.dialogs.form import Ask, Form, field
from bmtui.tui.rules.screen import RuleScreen, RulesScreen
from bmtui.tui.screen import DeskScreen


async def open_rules(screen: DeskScreen) -> None:
    """Show all rules."""
    await screen.desk_app.show(RulesScreen())


async def open_rule(screen: RulesScreen) -> None:
    """Show the rule under the cursor, with its log."""
    await screen.desk_app.show(RuleScreen(_current(screen).name))


async def write(screen: DeskScreen) -> None:
    """Ask for a new rule, and save it after a trial."""
    await _write(screen, Draft("", "order.created", "", ()), "New rule")


async def edit(screen: Any) -> None:
    """Ask for a new version of the rule, and save it after a trial."""
    view = _current(screen)
    await _write(screen, rules.draft_of(view), f"Rule {view.name}")


async def _write(screen: DeskScreen, before: Draft, heading: str) -> None:
    app = screen.desk_app

    async def attempt(answers: Mapping[str, str]) -> tuple[Draft, Trial]:
        draft = parameters.draft(Answers.typed(RULE, answers), before)
        return draft, await app.desk.read(rule_trial.trial, draft)

    async def review(answer: tuple[Draft, Trial]) -> bool | None:
        parts = [(answer[1].sentence, "bold"), ("", ""), ("It acts on what happens from now on.", "")]
        return await app.ask(Confirm(f"Save {answer[0].name}?", parts, "Save"))

    of_acceptance = before.when == acceptance_settings.MOMENT
    asks, about = _asks_of_acceptance(before) if of_acceptance else _asks(before)
    answer = await app.ask(Form(heading, asks, attempt, about=[(about, "dim")], review=review, verb="Try and save"))
    if answer is not None:
        saved = await app.desk.write(rules.save, answer[0])
        screen.say(f"Rule {saved.name}, version {saved.version}, is saved.", "good")
        await app.check_changes()


def _asks(before: Draft) -> tuple[list[Ask], str]:
    asks = [
        field(NAME, before.name),
        field(WHEN, before.when),
        field(QUERY, before.query, goes_on=True),
        field(THEN, f"{THEN.between} ".join(before.then)),
        field(LIMIT, str(before.limit)),
    ]
    return asks, "Then: several with ; between. Money and cancellation on Back Market are never done by a rule."


def _asks_of_acceptance(before: Draft) -> tuple[list[Ask], str]:
    """Return the fields of a company's acceptance rule, only its text and limit, and the line below them."""
    asks = [field(ACCEPT_QUERY, before.query, goes_on=True), field(ACCEPT_LIMIT, str(before.limit))]
    return asks, "All terms must hold, sku and stock for every line. Orders a day: 0 is no limit."


async def test(screen: Any) -> None:
    """Show what the rule would have done with stored orders."""
    tried = await screen.desk_app.desk.read(rule_trial.trial, _current(screen).name)
    await screen.desk_app.ask(Notice(f"Tried: {tried.name}", (tried.sentence, "Nothing was changed.")))


async def turn(screen: Any) -> None:
    """Turn the rule on or off."""
    view = _current(screen)
    turned = await screen.desk_app.desk.write(_turned, view)
    screen.say(f"{turned.name} is {'on' if turned.enabled else 'off'}.", "good")
    await screen.desk_app.check_changes()


def _turned(desk: Any, view: RuleView) -> RuleView:
    return rules.turn(desk, view.name, on=not view.enabled)


async def turn_all(screen: DeskScreen) -> None:
    """Turn all rules off at once, or let them go on after a question."""
    app = screen.desk_app
    off = await app.desk.read(rules.all_off)
    if off is not None:
        parts = [("What happened while they were off is left alone.", "")]
        if not await app.ask(Confirm("Let all rules go on?", parts, "Go on")):
            return
    await app.desk.write(_all_turned, off is not None)
    screen.say("All rules go on." if off is not None else "All rules are off.", "good" if off is not None else "warn")
    await app.check_changes()


def _all_turned(desk: Any, on: bool) -> None:
    rules.turn_all(desk, on=on)


async def delete(screen: Any) -> None:
    """Delete the rule; its log stays."""
    view = _current(screen)
    parts = [("It acts no longer; what it did stays in its log.", "")]
    if await screen.desk_app.ask(Confirm(f"Delete the rule {view.name}?", parts, f"Delete {view.name}")):
        await screen.desk_app.desk.write(rules.delete, view.name)
        screen.say(f"The rule {view.name} is deleted.", "good")
        await screen.desk_app.check_changes()


def _current(screen: Any) -> RuleView:
    view: RuleView | None = screen.current
    if view is None:
        raise NotFound("There is no rule here any more.")
    return view
