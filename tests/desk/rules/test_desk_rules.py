"""Rules: read, saved with versions, tried on stored orders, refused where they are dangerous."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from helpers import add_company, raw_line, raw_order, take_in

from bmtui.desk.companies import companies
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import doctor
from bmtui.desk.orders import search
from bmtui.desk.rules import language, rules, rules_toml, unusable
from bmtui.desk.rules import trial as rule_trial
from bmtui.desk.rules.views import Draft
from bmtui.desk.tags import tags
from bmtui.errors import BmtuiError, ConfigError, NotFound, RuleRefused
from bmtui.store.models import Audit, RuleLog
from bmtui.store.query import QueryError


def draft(
    name: str = "r", when: str = "order.created", query: str = "market:fr-fr", then: tuple[str, ...] = ("tag vip",)
) -> Draft:
    return Draft(name, when, query, then)


@pytest.mark.parametrize(
    "text",
    ["order.created", "order.*", "order.paid, order.late", "effect.*", "every 15m", "for 4h", "for 2 d", "every 1m"],
)
@pytest.mark.sqlite_only
def test_rule_trigger_is_read(text: str) -> None:
    moment = language.read_moment(text)
    assert [bool(moment.events), moment.every is not None, moment.lasting is not None].count(True) == 1
    assert not moment.fits("rule.acted")


@pytest.mark.parametrize(
    "text", ["", "order.eaten", "rule.acted", "job.failed", "every", "every 0m", "for 99d", "every x"]
)
@pytest.mark.sqlite_only
def test_unknown_event_in_a_rule_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        language.read_moment(text)


@pytest.mark.parametrize("text", ["refund 10", "cancel", "cancel-on-channel", "ship DHL 1", "Refund"])
@pytest.mark.sqlite_only
def test_money_and_cancellation_are_never_done_by_a_rule(offline: Desk, text: str) -> None:
    with pytest.raises(RuleRefused, match="A rule never does"):
        rules.save(offline, draft(then=(text,)))


@pytest.mark.parametrize(
    "text",
    [
        *("", "eat", "tag", "tag two words", "untag", "status", "status eaten", "status on_hold", "accept now", "note"),
        *("invoice", "invoice burn", "notify", "assign a b", "view " + "x" * 30, "papers please"),
    ],
)
@pytest.mark.sqlite_only
def test_unknown_action_in_a_rule_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        language.read_act(text)


def test_a_rule_is_saved_with_a_new_version_each_time(offline: Desk) -> None:
    first = rules.save(offline, draft("Hold big ones", query="total:>800", then=("status on_hold Look at it",)))
    assert (first.version, first.enabled, first.when, first.limit) == (1, True, "order.created", 200)
    second = rules.save(offline, replace(rules.draft_of(first), name="hold BIG ones", limit=5))
    assert (second.version, second.limit) == (2, 5)
    assert [view.name for view in rules.listing(offline) if not view.builtin] == ["hold BIG ones"]
    assert rules.turn(offline, "hold big ones", on=False).enabled is False
    rules.delete(offline, "Hold big ones")
    assert all(view.builtin for view in rules.listing(offline))
    actions = [row.action for row in Audit.select().where(Audit.action.startswith("rule")).order_by(Audit.id)]
    assert actions == ["rule.saved", "rule.saved", "rule.turned_off", "rule.deleted"]


def test_a_rule_and_its_log_are_found_by_a_name_with_capitals_outside_of_ascii(offline: Desk) -> None:
    first = rules.save(offline, draft("Été à VENIR"))
    assert rules.save(offline, replace(rules.draft_of(first), name="Été à venir", limit=5)).version == 2
    RuleLog.create(at=offline.now(), rule="Été à venir", version=2, action="tag vip", done=True, error="")
    assert [act.action for act in rules.log(offline, name=" Été à Venir ")] == ["tag vip"]
    assert rules.turn(offline, "Été à VENIR", on=False).enabled is False
    rules.delete(offline, "Été à venir")
    assert all(view.builtin for view in rules.listing(offline))


def test_the_acceptance_rule_of_a_company_with_an_accent_is_saved_as_any_rule(offline: Desk) -> None:
    add_company(offline, "Élan")
    before = rules.draft_of(rules.show(offline, "Acceptance rule of Élan"))
    assert rules.save(offline, replace(before, query="market:fr-fr")).query == "market:fr-fr"


@pytest.mark.parametrize(
    ("made", "error", "told"),
    [
        (draft(name=""), BmtuiError, "name of the rule is missing"),
        (draft(query="colour:red"), QueryError, "no filter 'colour:'"),
        (draft(query="assignee:me"), ConfigError, "belongs to no account"),
        (draft(then=()), ConfigError, "does nothing"),
        (draft(then=("tag a",) * 11), ConfigError, "at most 10"),
        (draft(when="every 15m", query=" "), ConfigError, "every order"),
        (Draft("r", "order.created", "", ("tag a",), limit=0), ConfigError, "orders a day"),
        (Draft("r", "order.created", "", ("tag a",), company="None"), NotFound, "no company"),
        (draft(then=("assign no-such-account",)), NotFound, "no account"),
        (draft(name="acceptance rule of Shop"), RuleRefused, "acceptance rule of a company"),
    ],
)
@pytest.mark.sqlite_only
def test_invalid_rule_definition_is_refused(offline: Desk, made: Draft, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        rules.save(offline, made)
    assert all(view.builtin for view in rules.listing(offline))


def test_rules_that_undo_each_other_for_ever_are_refused(offline: Desk) -> None:
    rules.save(offline, draft("one", "order.changed", "tag:b", ("tag a", "untag b")))
    for then in (("untag a",), ("tag b",)):
        with pytest.raises(RuleRefused, match="would undo each other"):
            rules.save(offline, draft("two", "order.*", "tag:a", then))
    rules.save(offline, draft("two", "order.created", "tag:a", ("untag a",)))


def test_rules_are_saved_only_by_an_admin_and_stopped_by_any_writer(offline: Desk) -> None:
    permissions.set_rights(offline, "0", role="admin")
    permissions.set_rights(offline, "1", role="operator")
    person = replace(offline, uid=1)
    with pytest.raises(RuleRefused, match="Only an admin"):
        rules.save(person, draft())
    rules.turn_all(person, on=False)
    assert rules.all_off(offline) is not None
    with pytest.raises(RuleRefused, match="Only an admin"):
        rules.turn_all(person, on=True)
    with pytest.raises(RuleRefused, match="off already"):
        rules.turn_all(person, on=False)
    rules.turn_all(offline, on=True)
    assert rules.all_off(offline) is None


def test_a_rule_is_tried_on_stored_orders_and_changes_nothing(offline: Desk) -> None:
    take_in(offline, *(raw_order(n, [raw_line(n, price=f"{n * 100}.00")]) for n in range(1, 11)))
    tried = rule_trial.trial(offline, draft(query="total:>700", then=("tag big", "status on_hold Look")))
    assert (tried.total, tried.matching, tried.order_ids) == (10, 4, (10, 9, 8, 7))
    assert tried.sentence == ("It would have done: tag big; status on_hold Look. 4 of 10 orders: 10, 9, 8, 7.")
    assert all(row.tags == () for row in search.page(offline, "").rows)
    with pytest.raises(NotFound):
        rule_trial.trial(offline, "none")


def test_acceptance_rule_is_listed_among_the_rules(offline: Desk) -> None:
    (view,) = rules.listing(offline)
    assert (view.name, view.builtin, view.enabled, view.then) == ("acceptance rule of Shop", True, False, ("accept",))
    companies.change(offline, None, {"acceptance_rule": "market:fr-fr value:<=800"})
    assert rules.turn(offline, view.name, on=True).enabled
    assert companies.show(offline).automatic_acceptance
    assert rules.show(offline, view.name).query == "market:fr-fr value:<=800"
    take_in(offline, raw_order(1, [raw_line(10, 1)]), raw_order(2, [raw_line(20, 1, price="900.00")]))
    tried = rule_trial.trial(offline, view.name)
    assert (tried.total, tried.matching, tried.order_ids) == (2, 1, (1,))
    with pytest.raises(RuleRefused, match="is the acceptance rule of a company"):
        rules.delete(offline, view.name)
    add_company(offline, "Other")
    assert [one.company for one in rules.listing(offline.of_company("Other"))] == ["Other"]


def test_the_acceptance_rule_is_saved_as_any_rule_and_its_settings_say_the_same(offline: Desk) -> None:
    before = rules.draft_of(rules.show(offline, "Acceptance rule of Shop"))
    saved = rules.save(offline, replace(before, query="market:fr-fr value:<=800", limit=50, enabled=True))
    assert (saved.version, saved.limit, saved.when, saved.enabled) == (2, 50, "order.to_accept", True)
    company = companies.show(offline, "Shop")
    assert (company.acceptance_rule, company.automatic_acceptance) == ("market:fr-fr value:<=800", True)
    companies.change(offline, "Shop", {"acceptance_rule": "market:de-de"})
    again = rules.show(offline, saved.name)
    assert (again.query, again.version, again.limit) == ("market:de-de", 3, 50)
    reading = rules_toml.read(offline, rules_toml.export(offline), "rules.toml")
    assert (reading.problems, reading.drafts) == ((), (rules.draft_of(again),))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"when": "order.created"}, "when"),
        ({"then": ("accept", "tag a")}, "then"),
        ({"query": "total:>3"}, "query"),
        ({"limit": 10_001}, "limit"),
        ({"name": "acceptance rule of Nobody"}, "name"),
    ],
)
@pytest.mark.sqlite_only
def test_the_acceptance_rule_only_accepts(offline: Desk, changes: dict[str, Any], field: str) -> None:
    before = rules.draft_of(rules.show(offline, "acceptance rule of Shop"))
    with pytest.raises((ConfigError, RuleRefused)) as raised:
        rules.save(offline, replace(before, **changes))
    assert raised.value.field == field
    assert rules.show(offline, "acceptance rule of Shop").version == 1


def test_rule_with_an_unknown_notification_target_is_refused(offline: Desk) -> None:
    text = '[[rule]]\nname = "chatty"\nwhen = "order.created"\nif = "market:fr-fr"\nthen = ["notify chat"]\n'
    reading = rules_toml.read(offline, text, "rules.toml")
    assert reading.problems == (
        "rules.toml, line 5: There is no notification way 'chat'. Write a [[notify]] table into bmtui.toml: 'bmtui "
        "help notifications'.",
    )
    file = offline.settings.file
    head = file.read_text(encoding="utf-8") if file.exists() else ""
    good = f'{head}\n[[notify]]\nname = "chat"\nwebhook = "http://127.0.0.1:9/hook"\n'
    file.write_text(good, encoding="utf-8")
    (made,) = rules_toml.read(offline, text, "rules.toml").drafts
    rules.save(offline, made)
    assert unusable.sentences(offline) == ()
    file.write_text(good.replace("http:", "ftp:"), encoding="utf-8")
    way, rule = unusable.sentences(offline)
    line = len(head.splitlines()) + 4
    assert way.startswith(f"{file}, line {line}: ")
    assert rule.startswith(f"Rule 'chatty': {file}, line {line}: ")
    found = {finding.topic: finding.message for finding in asyncio.run(doctor.examine(offline))}
    assert f"{file}, line {line}" in found["rule chatty"]


def test_rule_with_a_removed_field_says_so_and_the_others_go_on(offline: Desk) -> None:
    tags.add_field(offline, "shelf")
    rules.save(offline, draft("by shelf", query="field.shelf:A*"))
    rules.save(offline, draft("good"))
    tags.remove_field(offline, "shelf")
    ((name, why),) = rules.problems(offline)
    assert (name, "no field 'shelf'" in why) == ("by shelf", True)


def test_rules_are_written_as_toml_and_read_again(offline: Desk) -> None:
    rules.save(
        offline, Draft("one", "order.created", 'total:>800 "marie"', ("status on_hold Look", "tag big"), 5, "Shop")
    )
    rules.save(offline, draft("two", "for 4h"))
    text = rules_toml.export(offline)
    reading = rules_toml.read(offline, text, "rules.toml")
    assert reading.problems == ()
    assert reading.drafts == tuple(rules.draft_of(view) for view in rules.listing(offline) if not view.builtin)


def test_bad_rules_of_a_file_are_named_with_their_line_and_the_others_go_on(offline: Desk) -> None:
    text = """
[[rule]]
name = "good"
when = "order.created"
if = "market:fr-fr"
then = ["tag fr"]

[[rule]]
name = "money"
when = "order.created"
then = ["refund 10"]

[[rule]]
name = "query"
when = "order.created"
if = "colour:red"
then = ["tag red"]

[[rule]]
name = "moment"
when = "sometimes"
then = ["tag red"]
colour = "red"
"""
    reading = rules_toml.read(offline, text, "rules.toml")
    assert [one.name for one in reading.drafts] == ["good"]
    begins = [problem.partition(": ")[0] for problem in reading.problems]
    assert begins == ["rules.toml, line 11", "rules.toml, line 16", "rules.toml, line 23"]
    assert "unknown key 'colour'" in reading.problems[2]
    with pytest.raises(ConfigError, match=r"rules\.toml is not valid TOML"):
        rules_toml.read(offline, "[[rule", "rules.toml")
