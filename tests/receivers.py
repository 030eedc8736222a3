"""Receivers of notifications on this machine: a web server that can be made to fail, and a mail server."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Got:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Hook:
    """Web server. `answers` are given first, then 200; "hang" is an answer that never comes."""

    port: int = 0
    answers: list[int | str] = field(default_factory=list)
    refuses: set[int] = field(default_factory=set)
    got: list[Got] = field(default_factory=list)
    taken: list[Got] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def events(self) -> list[int]:
        """Return the ids of the events that were accepted, with repetitions."""
        return [int(one.json["id"]) for one in self.taken]


@contextmanager
def hook(port: int = 0, state: Hook | None = None) -> Iterator[Hook]:
    hooked = state or Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got = Got(self.path, dict(self.headers), body)
            hooked.got.append(got)
            answer = hooked.answers.pop(0) if hooked.answers else 200
            if answer == "hang":
                hooked.stop.wait(30)
                return
            if got.json.get("order_id") in hooked.refuses:
                answer = 400
            if answer == 200:
                hooked.taken.append(got)
            self.send_response(int(answer))
            if answer == 302:
                self.send_header("Location", f"http://127.0.0.1:{hooked.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", port), Handler) as server:
        hooked.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield hooked
        finally:
            hooked.stop.set()
            server.shutdown()
            thread.join()


@dataclass
class Mails:
    """Mail server that accepts mails, unless `code` is an error."""

    port: int = 0
    code: int = 250
    got: list[tuple[str, list[str], str]] = field(default_factory=list)


@contextmanager
def mail_server() -> Iterator[Mails]:
    state = Mails()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def handle(self) -> None:
            sender, to, lines = "", [], []
            self.say("220 test")
            while line := self.rfile.readline().decode().rstrip("\r\n"):
                word = line[:4].upper()
                if word == "MAIL":
                    sender = line.partition("<")[2].partition(">")[0]
                elif word == "RCPT":
                    to.append(line.partition("<")[2].partition(">")[0])
                    self.say(f"{state.code} rcpt")
                    continue
                elif word == "DATA":
                    self.say("354 go")
                    while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                        lines.append(text)
                    state.got.append((sender, to, "\n".join(lines)))
                elif word == "QUIT":
                    self.say("221 bye")
                    return
                self.say("250 ok")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


def script(folder: Path, text: str, name: str = "hook.py") -> Path:
    """Write an executable Python script; return its path."""
    import sys

    file = folder / name
    file.write_text(f"#!{sys.executable}\n{text}\n", encoding="utf-8")
    file.chmod(0o755)
    return file
