"""Simulated day of orders during which the store is put back twice: by `bmtui restore`, and by other means.

    python tests/reliability/lost_state.py --orders 200 [--kills 50] [--workers 2] [--seed 1] [--postgresql]

A backup is made, more orders are packed and sent, workers are killed in the middle of that, and the backup is put back;
then the same with an older file that is copied over the store, or a database that the server itself copied. A person
ends the pause, reads the orders, scans the devices again that nobody registered, and packs what is still to be packed.
Counted and judged as in `fulfilment_day.py`, whose tally this prints: nothing may have left twice.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Self

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import postgres_server
from fulfilment_day import Day, run
from kill_loop import PATIENCE_S

from bmtui import settings
from bmtui.channel.model import LineState
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import sending_pauses
from bmtui.desk.operations import backups
from bmtui.desk.shipping import identifiers
from bmtui.errors import RuleRefused
from bmtui.store.models import Job, Order, OrderLine
from bmtui.words import JOB_LIVE

IN_FLIGHT = 0.5
"""Share of the queued jobs that are done when the state is lost."""


class LostDay(Day):
    """Day during which the store is put back twice."""

    losses = 0

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="bmtui-lost-")))
        return self

    def __exit__(self, *_: object) -> None:
        self.desk.store.close()
        self._stack.close()

    def _by_station(self, ready: Sequence[int]) -> None:
        part = -(-len(ready) // 4)
        super()._by_station(ready[:part])
        self._work_off()
        for number, ways in enumerate((self._back_up, self._copy_aside), start=1):
            put_back = ways(self._folder / f"backup-{number}")
            before = len(self.server.marketplace.effects)
            super()._by_station(ready[part * number : part * (number + 1)])
            self._work_half()
            self._lose(put_back, sent=len(self.server.marketplace.effects) > before)
            self._identify_again()
            # What was packed since the backup and did not arrive is packed again, as its row says.
            waits = set(self._ready())
            again = [order_id for order_id in ready[part * number : part * (number + 1)] if order_id in waits]
            super()._by_station(again)
            self.tally.packed -= len(again)
            self._work_off()
        super()._by_station(ready[part * 3 :])

    # How the state is kept, and what puts it back

    def _back_up(self, file: Path) -> Callable[[], None]:
        backups.write(self.desk, file)

        def put_back() -> None:
            if self.desk.store.database.kind == "postgres":
                self._move_to(self._stack.enter_context(postgres_server.empty_database()))
            backups.restore(self.desk.settings, file)

        return put_back

    def _copy_aside(self, file: Path) -> Callable[[], None]:
        database = self.desk.store.database
        if database.kind == "sqlite":
            place = Path(database.where)
            database.execute_sql("VACUUM INTO ?", (str(file),))

            def copy_over() -> None:
                with place.open("r+b") as same_file:
                    same_file.truncate()
                    same_file.write(file.read_bytes())

            return copy_over
        self.desk.store.close()
        copy = self._stack.enter_context(postgres_server.copied_database(self.desk.settings.store_url))
        self._open()
        return lambda: self._move_to(copy)

    def _move_to(self, url: str) -> None:
        found = self.desk.settings
        (found.config / "bmtui.toml").write_text(f'store = "{url}"\n', encoding="utf-8")
        self.desk = replace(self.desk, settings=settings.load(str(found.config), environ={}))

    def _open(self) -> None:
        self.desk = replace(open_desk(self.desk.settings), undo=False)
        self.loop.desk = self.desk

    # What happens around it

    def _work_half(self) -> None:
        """Work until half of the queued jobs are done, then kill all workers."""
        live = Job.select().where(Job.status.in_(JOB_LIVE))
        total, until = live.count(), time.monotonic() + PATIENCE_S
        while live.count() > total * (1 - IN_FLIGHT) and time.monotonic() < until:
            self.loop.employ()
            time.sleep(0.05)
        for process in self.loop.processes:
            process.kill()
            process.join()
        self.loop.processes = []

    def _lose(self, put_back: Callable[[], None], *, sent: bool) -> None:
        """Put the state back; if requests were `sent` since, check that sending pauses until a person has looked."""
        self.desk.store.close()
        put_back()
        self._open()
        LostDay.losses += 1
        self.loop.employ()
        until = time.monotonic() + PATIENCE_S
        while sent and not sending_pauses.standing(self.desk) and time.monotonic() < until:
            time.sleep(0.05)
        if sent:
            assert sending_pauses.standing(self.desk), "what was put back is trusted"
        with contextlib.suppress(RuleRefused):
            sending_pauses.resume(self.desk)
        self._sync()
        self._work_off()

    def _identify_again(self) -> None:
        """Enter the devices again of shipped lines whose identifiers the marketplace does not have."""
        effects = self.server.marketplace.effects
        there = {line_id for effect in effects if effect["kind"] == "identifiers" for line_id in effect["line_ids"]}
        missing = [line_id for line_id in self.known if line_id not in there]
        for line in OrderLine.select(OrderLine, Order).join(Order).where(OrderLine.line_id.in_(missing)):
            if line.state == LineState.SHIPPED:
                said = [identifiers.given(line.line_id, self.known[line.line_id], self._kind(line))]
                identifiers.identify(self.desk, line.order.order_id, said, accept_doubts=True)
        self._work_off()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true", help="on a server that is started for it")
    args = parser.parse_args()
    facts = {"kills": args.kills, "workers": args.workers, "seed": args.seed, "kind": LostDay}
    postgres_server.begin_run()
    try:
        with postgres_server.database() if args.postgresql else nullcontext("") as store:
            tally = run(args.orders, "station", store=store, **facts)
    finally:
        postgres_server.end_run()
    print(tally.report("station"))
    return 0 if tally.good else 1


if __name__ == "__main__":
    sys.exit(main())
