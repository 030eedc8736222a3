"""Cost of rules: orders through twenty rules, and the trial of a rule on very many stored orders.

    python tests/bench/bench_rules.py [--orders 1000] [--stored 100000]

The twenty rules are of the usual kinds: most of them look at a new order and leave it alone, each order is taken by
some, and four look at every change, those of other rules too. "CPU" is that of the process for all that they look at
and do, by order. A trial is what `bmtui rules test` answers, in an installation made by `million.py`.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from helpers import add_company, raw_line, raw_order, take_in
from million import home_of

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.rules import engine, rules
from bmtui.desk.rules import trial as rule_trial
from bmtui.desk.rules.views import Draft
from bmtui.store.models import EventMark, RuleLog

AT_ONCE = 100
"""Orders that a download creates in one transaction."""
MARKETS = ("fr-fr", "de-de", "es-es", "it-it", "nl-nl", "pt-pt", "be-fr", "at-de")
RULES = (
    *((f"market {code}", "order.created", f"market:{code}", (f"tag {code[:2]}",)) for code in MARKETS),
    ("big", "order.created", "total:>800", ("status on_hold Look at it", "tag big")),
    ("cheap", "order.created", "total:<30", ("tag cheap",)),
    ("phones", "order.created", "sku:PHN*", ("tag phone",)),
    ("tablets", "order.created", "sku:TAB*", ("tag tablet", "note Pack it twice")),
    ("name", "order.created", "mustermann", ("status on_hold A test",)),
    ("paid big", "order.paid", "total:>1000 market:de-de", ("note Ask for the invoice",)),
    ("paid by", "order.paid", "payment:charged total:>1200", ("tag paid",)),
    ("late", "order.late", "market:fr-fr", ("tag late",)),
    ("held", "order.changed", "status:on_hold tag:big", ("assign {account}",)),
    ("cancelled", "order.changed", "status:cancelled", ("tag gone",)),
    ("two tags", "order.changed", "tag:phone tag:cheap", ("tag phone-cheap",)),
    ("all", "order.*", "shipping:fully_shipped -tag:done", ("tag done",)),
)
TRIALS = {
    "total and market": Draft("trial", "order.created", "total:>800 market:fr-fr", ("tag big",)),
    "every order": Draft("trial", "order.created", "", ("tag all",)),
    "SKU, starred": Draft("trial", "order.created", "sku:PHN* -market:de-de", ("tag phone",)),
    "a word": Draft("trial", "order.created", "marie dup", ("tag marie",)),
    "part of a word": Draft("trial", "order.created", "example", ("tag example",)),
    "tags and fields": Draft("trial", "order.changed", "-tag:seen -note:checked", ("tag seen",)),
}


def orders(count: int) -> Iterable[dict[str, Any]]:
    """Yield orders of several markets and prices; each tenth is expensive."""
    for number in range(1, count + 1):
        price = 900 + number % 200 if number % 10 == 0 else 20 + number * 7 % 500
        line = raw_line(number * 10, 1 + number % 3, f"{price}.00", ("PHN-A1", "TAB-10", "LAP-13", "WAT-5")[number % 4])
        yield raw_order(number, [line], country_code=MARKETS[number % len(MARKETS)])


def batched(raws: Iterable[dict[str, Any]], size: int) -> Iterator[tuple[dict[str, Any], ...]]:
    """Yield the orders in batches."""
    left = iter(raws)
    while some := tuple(islice(left, size)):
        yield some


def through_rules(count: int, profiled: bool = False) -> tuple[float, int]:
    """Run the orders through the rules; return the CPU milliseconds an order and how often the rules acted."""
    with tempfile.TemporaryDirectory() as name:
        desk = open_desk(settings.load(str(Path(name) / "home"), environ={}))
        add_company(desk)
        for rule, when, query, then in RULES:
            rules.save(desk, Draft(rule, when, query, tuple(act.format(account=desk.account) for act in then), 10_000))
        engine.run_due(desk)
        for some in batched(orders(count), AT_ONCE):
            take_in(desk, *some)
        profile = cProfile.Profile(time.process_time)
        began = time.process_time()
        if profiled:
            profile.runcall(_until_all_is_read, desk)
            pstats.Stats(profile).sort_stats("tottime").print_stats(25).sort_stats("cumulative").print_stats(60)
        else:
            _until_all_is_read(desk)
        elapsed = time.process_time() - began
        assert not rules.problems(desk)
        done = RuleLog.select().where(RuleLog.done).count()
        desk.store.close()
    return elapsed * 1000 / count, done


def _until_all_is_read(desk: Desk) -> None:
    """Run the rules until no event is unread: what a rule does is an event, too."""
    while EventMark.get(EventMark.reader == engine.READER).event_id < events.last():
        engine.run_due(desk)


def timed(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Median and worst of some rounds, in seconds of the clock."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times), max(times)


def trials(desk: Desk, rounds: int) -> Iterable[str]:
    for name, draft in TRIALS.items():
        found = rule_trial.trial(desk, draft)
        middle, worst = timed(lambda draft=draft: rule_trial.trial(desk, draft), rounds)  # type: ignore[misc]
        yield f"{name:24} {found.matching:9,} {middle:8.3f} {worst:8.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--stored", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    args = parser.parse_args()
    each, done = through_rules(args.orders, args.profile)
    print(f"{args.orders:,} orders through {len(RULES)} rules: {each:.2f} ms of CPU an order, {done:,} acts")
    print(f"\ntrial on {args.stored:,} orders, s  {'matching':>9} {'median':>8} {'worst':>8}")
    desk = open_desk(settings.load(str(home_of(args.stored)), environ={}))
    for line in trials(desk, args.rounds):
        print(line)
    desk.store.close()


if __name__ == "__main__":
    main()
