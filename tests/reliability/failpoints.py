"""Named places on the way of an effect, and the mishaps of a worker there (reliability §6).

A worker is a process of its own, forked from a server that has everything loaded, so that hundreds of them can die in a
minute. `matrix` tries each place with each mishap; what is left is brought to its end by a worker that nothing happens
to, and then the store is compared with what the marketplace says that it applied.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import inspect
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.errors import EdgeBlocked
from bmtui.queue import jobs, limits, outages
from bmtui.workers import company_channel, run_worker
from bmtui.workers.outbox import send_effects


@dataclass(frozen=True)
class Place:
    """Function with a mishap before it, or `after` it.

    `locked` places are inside a write transaction; `when` is True for the calls that count.
    """

    module: str
    name: str
    after: bool
    locked: bool = False
    when: Callable[..., bool] = lambda *args: True


def _of_a_write(exchange: Any, *rest: Any) -> bool:
    leaves = not rest or rest[0] == "http11.send_request_headers.started" or not isinstance(rest[0], str)
    return exchange._begin_by_s is not None and leaves


PLACES = {
    "claimed": Place("bmtui.queue.jobs", "claim", after=True),
    "about to look": Place("bmtui.workers.outbox.verify_effects", "look", after=False),
    "about to mark": Place("bmtui.workers.outbox.send_effects", "_send", after=False),
    "marking": Place("bmtui.desk.outbox.effects", "mark_sending", after=True, locked=True),
    "marked": Place("bmtui.channel.client", "BackMarket.send", after=False),
    "leaving": Place("bmtui.channel.transport", "Exchange.trace", after=False, when=_of_a_write),
    "being answered": Place("bmtui.channel.transport", "Exchange.begin", after=False, when=_of_a_write),
    "answered": Place("bmtui.channel.client", "BackMarket.send", after=True),
    "settling": Place("bmtui.desk.outbox.effects", "settle", after=True, locked=True),
    "settled": Place("bmtui.workers.outbox.send_effects", "_reread", after=False),
    "refreshing": Place("bmtui.desk.sync.ingest", "refresh", after=True, locked=True),
    "ending": Place("bmtui.queue.jobs", "finish", after=True, locked=True),
    "ended": Place("bmtui.queue.worker", "Worker._end", after=True),
}

STOP_S = 0.5
"""Seconds for which a stopped worker stands still; longer than `SEND_WITHIN_S` of the workers here."""
FULL_S = 0.3


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def fail() -> None:
    raise RuntimeError("a mishap")


def delay() -> None:
    time.sleep(0.15)


def fill_disk() -> None:
    """Let no file grow in this process for a moment: writes to the database fail as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    threading.Timer(FULL_S, resource.setrlimit, (resource.RLIMIT_FSIZE, (hard, hard))).start()


def cancel() -> None:
    """Cancel the task that works on the job."""
    for task in asyncio.all_tasks(_loop[0]):
        if getattr(task.get_coro(), "__name__", "") == "_execute":
            _loop[0].call_soon_threadsafe(task.cancel)


MISHAPS: dict[str, Callable[[], None]] = {
    "kill": kill, "stop": stop, "fail": fail, "delay": delay, "full disk": fill_disk, "cancel": cancel,
}  # fmt: skip
_loop: list[asyncio.AbstractEventLoop] = []
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["failpoints", "bmtui.workers.kinds", "bmtui.channel.client"])


def install(place: Place, mishap: Callable[[], None]) -> None:
    """Let `mishap` strike once, at the first passage of `place`."""
    owner: Any = importlib.import_module(place.module)
    *path, name = place.name.split(".")
    for part in path:
        owner = getattr(owner, part)
    function = getattr(owner, name)
    struck: list[int] = []

    def strike(args: tuple[Any, ...]) -> None:
        if not struck and place.when(*args):
            struck.append(True)
            mishap()

    if inspect.iscoroutinefunction(function):

        async def changed(*args: Any, **kwargs: Any) -> Any:
            if not place.after:
                strike(args)
                await asyncio.sleep(0)
            result = await function(*args, **kwargs)
            if place.after:
                strike(args)
                await asyncio.sleep(0)
            return result
    else:

        def changed(*args: Any, **kwargs: Any) -> Any:  # type: ignore[misc]
            if not place.after:
                strike(args)
            result = function(*args, **kwargs)
            if place.after and result is not False:
                strike(args)
            return result

    setattr(owner, name, functools.wraps(function)(changed))


HURRIED = (
    (send_effects, "SETTLE_S"), (send_effects, "SEND_WITHIN_S"), (jobs, "RETRY_BASE_S"), (limits, "_INTERVAL_US"),
    (outages, "BASE_S"), (outages, "CAP_S"),
    (company_channel, "BLOCKED_S"), (company_channel, "REFUNDS_A_DAY"), (EdgeBlocked, "retry_after_s"),
)  # fmt: skip
"""Attributes that `hurry` changes, for putting them back."""


def hurry() -> None:
    """Shorten all waits and open the shared limit: these tests are about results, not times."""
    send_effects.SETTLE_S = 0.0
    send_effects.SEND_WITHIN_S = STOP_S / 2
    jobs.RETRY_BASE_S = 0.0
    outages.BASE_S, outages.CAP_S = 0.0, 0.05
    limits._INTERVAL_US = 10
    company_channel.BLOCKED_S = 0.01
    company_channel.REFUNDS_A_DAY = 10**9
    EdgeBlocked.retry_after_s = 0.01


def child(home: str, place: str, mishap: str, once: bool) -> None:
    """Run a worker in this process, with the mishap at the place if one is named."""
    # What a mishap makes it print is nobody's business here.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    hurry()
    if place:
        install(PLACES[place], MISHAPS[mishap])
    desk = open_desk(settings.load(home, environ={}))

    async def run() -> None:
        _loop.append(asyncio.get_running_loop())
        await run_worker(desk, stop=asyncio.Event(), once=once)

    asyncio.run(run())
    desk.store.close()


def start(home: str | Path, place: str = "", mishap: str = "", *, once: bool = True) -> ForkServerProcess:
    """Start a worker's process, with `mishap` at `place` if one is named."""
    process = _forks.Process(target=child, args=(str(home), place, mishap, once), daemon=True)
    process.start()
    return process


def stands(process: ForkServerProcess) -> bool:
    """Return True when the process is stopped, as by SIGSTOP."""
    try:
        return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextmanager
def worker(home: str | Path, place: str, mishap: str) -> Iterator[ForkServerProcess]:
    """Run a worker with `mishap` at `place`; yield its process once it has ended or stands still."""
    process = start(home, place, mishap)
    until = time.monotonic() + 60
    try:
        while process.is_alive() and not stands(process):
            process.join(0.01)
            assert time.monotonic() < until, "the worker neither ends nor stands still"
        yield process
        if process.is_alive():
            time.sleep(STOP_S)
            os.kill(int(process.pid or 0), signal.SIGCONT)
            process.join(60)
            assert not process.is_alive(), "the worker does not end"
    finally:
        process.kill()
        process.join()
