"""Private machine of a test: accounts, sudo's rules, /opt, /home and /run are a namespace's, and go with it.

Processes and the network are shared, so that a practice marketplace of the test can be reached; nothing of the machine
on which the tests run is changed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

NEEDED = ("unshare", "nsenter", "useradd", "runuser", "visudo", "sudo", "ssh", "ssh-keygen", "/usr/sbin/sshd")
SOURCE = Path(__file__).parents[2]
PROGRAM = "/opt/bmtui/bin/bmtui"
HOME = "/var/lib/bmtui"
DESK = (PROGRAM, "--home", HOME)

# The Python of the tests may lie in root's home, where other accounts cannot go, and knows its place by heart.
_SETUP = """
set -e
cp -a /etc "$1/etc"
mount --bind "$1/etc" /etc
for folder in /opt /run /home /var/lib; do mount -t tmpfs -o mode=755 none "$folder"; done
mkdir -p /opt/python /opt/source /opt/site /opt/bmtui/bin /run/sshd
mount --bind "$2" /opt/python
mount --bind "$3" /opt/source
mount --bind "$4" /opt/site
case "$2" in /root/*) mount -t tmpfs -o mode=755 none /root; mkdir -p "$2"; mount --bind /opt/python "$2";; esac
echo ready
read line
"""
_PROGRAM = """#!{python} -I
import sys
sys.path[:0] = ["/opt/source", "/opt/site"]
from bmtui.cli.main import main
sys.exit(main())
"""


def why_not() -> str:
    """Return the reason why no private machine can be made here, or an empty string."""
    if os.getuid() != 0:
        return "a machine of accounts of its own needs root"
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing = [name for name in NEEDED if shutil.which(name, path=path) is None]
    if missing:
        return f"{', '.join(missing)} is not installed (Debian: openssh-server, sudo)"
    tried = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/opt"], capture_output=True, text=True, check=False
    )
    return f"namespaces cannot be made here: {tried.stderr.strip()}" if tried.returncode else ""


class Machine:
    """Private machine, in a mount namespace; a context manager."""

    def __init__(self, folder: Path) -> None:
        python = Path(sys.base_prefix)
        site = sysconfig.get_path("purelib")
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation=private", "sh", "-c", _SETUP, "sh", folder, python, SOURCE, site],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.holder.stdout is not None
        assert self.holder.stdout.readline() == "ready\n"
        name = f"python{sys.version_info.major}.{sys.version_info.minor}"
        self.write(PROGRAM, _PROGRAM.format(python=python / "bin" / name), "755")

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_: object) -> None:
        self.holder.communicate("")
        self.holder.wait()

    def within(self, *words: str) -> list[str]:
        """Return the words that run a command on the machine as root."""
        return ["nsenter", "--mount", "--target", str(self.holder.pid), "--", *words]

    def run(
        self, *words: str, text: str | None = None, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on the machine as root; the caller checks the exit code."""
        environ = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", **(environment or {})}
        return subprocess.run(
            self.within(*words), input=text or "", env=environ, capture_output=True, text=True, check=False, timeout=120
        )

    def ok(self, *words: str, text: str | None = None, environment: Mapping[str, str] | None = None) -> str:
        """Run a command that must succeed; return its output."""
        done = self.run(*words, text=text, environment=environment)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def write(self, path: str, text: str, mode: str) -> None:
        self.ok("install", "-D", "--mode", mode, "/dev/stdin", path, text=text)

    def account(self, name: str, *options: str) -> int:
        """Make an account without a usable password; return its uid."""
        self.ok("useradd", "--password", "*", "--create-home", *options, name)
        return int(self.ok("id", "--user", name))

    def desk(self, *words: str, account: str = "bmtui") -> subprocess.CompletedProcess[str]:
        """Run a command of the desk by sudo as the service's account."""
        return self.run("sudo", "-u", account, *DESK, *words)
