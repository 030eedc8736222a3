"""PostgreSQL server of a private machine: a socket, and accounts that the kernel names (`peer`)."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

import postgres_server
from private_machine import Machine

DATA = "/var/lib/postgresql/data"
SOCKETS = "/run/postgresql"
# As Debian's, with the line that `bmtui deploy ssh-postgresql` names.
HBA = """
local all postgres peer
local bmtui all peer
"""
SETTINGS = f"""
listen_addresses = ''
unix_socket_directories = '{SOCKETS}'
shared_buffers = 32MB
synchronous_commit = off
"""


class Postgres:
    """Server on a private machine, run by its account `postgres`; a context manager."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.folder = _on_machine(postgres_server.binaries("psql"))
        if machine.run("id", "postgres").returncode:
            machine.account("postgres", "--system", "--home-dir", "/var/lib/postgresql")
        for folder in (SOCKETS, Path(DATA).parent):
            machine.ok("install", "--directory", "--owner", "postgres", str(folder))
        self.ok("initdb", "-D", DATA, "--auth=peer", "--encoding=UTF8", "--locale=C", "--no-instructions")
        machine.ok("sh", "-c", f"cat >> {DATA}/postgresql.conf", text=SETTINGS)
        machine.ok("sh", "-c", f"cat > {DATA}/pg_hba.conf", text=HBA)

    def __enter__(self) -> Postgres:
        self.ok("pg_ctl", "start", "-D", DATA, "-l", "/var/lib/postgresql/log", "-w")
        return self

    def __exit__(self, *_: object) -> None:
        self.ok("pg_ctl", "stop", "-D", DATA, "-m", "fast", "-w")

    def ok(self, program: str, *words: str, text: str | None = None) -> str:
        """Run one of the server's programs as `postgres`; it must succeed."""
        return self.machine.ok("runuser", "-u", "postgres", "--", *self.words(program), *words, text=text)

    def psql(self, person: str, sql: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Run SQL as somebody with a shell on the machine, in a session that begins with their own account."""
        words = (*self.words("psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", *options)
        stop = ("--set", "ON_ERROR_STOP=1", "--command", sql, "bmtui")
        return self.machine.run("runuser", "-u", person, "--", *words, *stop)

    def words(self, program: str) -> list[str]:
        return ["env", f"PGHOST={SOCKETS}", "HOME=/", str(self.folder / program)]


def _on_machine(folder: Path) -> Path:
    """Return where a folder of the tests' own packages lies on the machine."""
    site = Path(sysconfig.get_path("purelib"))
    return Path("/opt/site") / folder.relative_to(site) if folder.is_relative_to(site) else folder
