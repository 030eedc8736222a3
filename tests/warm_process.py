"""Processes that start fast: a process that has imported the command line forks a child for each command.

A child has its own memory, environment, folder, descriptors and exit code, as a process of its own has; only the half
second of imports is saved. Whatever is about the start itself, signals or a terminal runs a process of its own.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
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
    """The exit code that the parent of the child writes after the child's process id."""
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
    from bmtui.cli.command_table import COMMANDS, ORDERS

    for entry in (*COMMANDS.values(), *ORDERS.values()):
        importlib.import_module(entry.module)
    for late in ("bmtui.cli.logs", "bmtui.workers.kinds", "bmtui.tui", "bmtui.sandbox.server", "bmtui.cli.output"):
        importlib.import_module(late)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=os.dup(0)) as requests:
        while True:
            message, descriptors, _, _ = socket.recv_fds(requests, _MOST_BYTES, 4)
            if not message:
                return
            if os.fork() == 0:
                requests.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _attend(json.loads(message), descriptors)
            for descriptor in descriptors:
                os.close(descriptor)


def _attend(request: Mapping[str, object], descriptors: list[int]) -> None:
    """Fork the process of the command, and write its id and its exit code."""
    *streams, answers = descriptors
    pid = os.fork()
    if pid == 0:
        os.close(answers)
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
            os.close(descriptor)
        _become(request)
    os.write(answers, f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    os.write(answers, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(request: Mapping[str, object]) -> None:
    from bmtui.cli.main import main

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
