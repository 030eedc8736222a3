"""Processes that start fast: a process that has imported the command line forks a child for each command.

A child has its own memory, environment, folder, descriptors and exit code, as a process of its own has; only the half
second of imports is saved. Whatever is about the start itself, signals or a terminal runs a process of its own.
"""

from __future__ import annotations

import atexit
import contextlib
import gettext
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

TIMEOUT_S = 120
_MOST_BYTES = 1 << 20
_SERVE = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import warm_process; warm_process.serve()"


class WarmProcess:
    """Process that has imported all modules, and runs commands in its children."""

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._server: subprocess.Popen[bytes] | None = None

    def run(self, words: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
        """Run `bmtui WORDS`; return exit code, standard output and standard error."""
        request = {"words": list(words), "environment": dict(environment), "folder": str(Path.cwd())}
        answer, answers = os.pipe()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, open(os.devnull, "rb") as nothing:
            with self._asking:
                descriptors = [nothing.fileno(), out.fileno(), err.fileno(), answers]
                socket.send_fds(self._channel(), [json.dumps(request).encode()], descriptors)
            os.close(answers)
            try:
                code = _await_code(answer, words)
            finally:
                os.close(answer)
            return code, _text_of(out.fileno()), _text_of(err.fileno())

    def _channel(self) -> socket.socket:
        if self._server is None or self._server.poll() is not None:
            self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            command = [sys.executable, "-W", "error", "-c", _SERVE]
            root = Path(__file__).parents[1]
            self._server = subprocess.Popen(command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, cwd=root)
            theirs.close()
            atexit.register(self._end, self._server)
        return self._ours

    def _end(self, server: subprocess.Popen[bytes]) -> None:
        self._ours.close()
        server.wait()


def _await_code(answer: int, words: Sequence[str]) -> int:
    """Return the exit code that the server writes after the child's process id."""
    said, give_up = b"", time.monotonic() + TIMEOUT_S
    while said.count(b"\n") < 2:
        ready, _, _ = select.select([answer], [], [], max(give_up - time.monotonic(), 0))
        if not ready:
            if pid := said.partition(b"\n")[0]:
                os.kill(int(pid), signal.SIGKILL)
            raise AssertionError(f"'bmtui {' '.join(words)}' did not end within {TIMEOUT_S} s")
        if not (more := os.read(answer, 100)):
            raise AssertionError(f"'bmtui {' '.join(words)}' ended without an exit code: {said!r}")
        said += more
    return int(said.split(b"\n")[1])


def _text_of(descriptor: int) -> str:
    # Not by its own position: the child's writes have moved that one.
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode("utf-8").replace("\r\n", "\n")


def serve() -> None:
    """Fork a child for each request on standard input, until that is closed."""
    import bmtui
    from bmtui.tui import prepare_environment

    prepare_environment()
    for module in pkgutil.walk_packages(bmtui.__path__, "bmtui."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    # argparse looks a hundred times for a translation of its words, which is not there.
    gettext.find = cache(gettext.find)  # type: ignore[assignment]
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake)
    running: dict[int, int] = {}
    with socket.socket(fileno=os.dup(0)) as requests:
        while True:
            ready, _, _ = select.select([requests.fileno(), woken], [], [])
            if woken in ready:
                os.read(woken, _MOST_BYTES)
                _tell_ended(running)
            if requests.fileno() not in ready:
                continue
            message, descriptors, _, _ = socket.recv_fds(requests, _MOST_BYTES, 4)
            if not message:
                return
            *streams, answers = descriptors
            if (pid := os.fork()) == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for other in (requests.detach(), woken, wake, answers, *running.values()):
                    os.close(other)
                _become(json.loads(message), streams)
            running[pid] = answers
            os.write(answers, f"{pid}\n".encode())
            for stream in streams:
                os.close(stream)


def _tell_ended(running: dict[int, int]) -> None:
    """Write the exit codes of children that have ended; `running` has the descriptor of each child."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        answers = running.pop(pid)
        with contextlib.suppress(BrokenPipeError), open(answers, "wb", buffering=0) as answer:
            answer.write(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _become(request: Mapping[str, object], streams: Sequence[int]) -> None:
    from bmtui.cli.main import main

    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    environment, words = request["environment"], request["words"]
    assert isinstance(environment, dict)
    assert isinstance(words, list)
    code: object = 1
    try:
        os.environ.clear()
        os.environ.update(environment)
        time.tzset()
        os.chdir(str(request["folder"]))
        sys.argv = ["bmtui", *words]
        code = main()
    except SystemExit as left:
        code = left.code
    except BaseException:  # noqa: BLE001 - as the interpreter would
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))
