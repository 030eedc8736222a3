"""Findings of `doctor` about this machine: file modes, disk, clock, stopped workers, tools."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bmtui.desk.companies import credentials
from bmtui.desk.core.context import Desk
from bmtui.errors import RuleRefused
from bmtui.invoices import fonts, word
from bmtui.invoices.model import Preference
from bmtui.settings import Settings
from bmtui.store.models import Company, InvoiceSettings
from bmtui.text import how_many

OF_NETWORK = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "gluster", "lustre", "fuse.sshfs", "fuse.rclone", "fuse.s3fs")
"""Beginnings of the names of filesystems on which SQLite's locks do not hold (reliability §3)."""
ROOM_BYTES = 200_000_000
CLOCK_S = 60.0
_PROBES = {"": ("Łódź, Ελλάδα, Skåne 10 €",), "ap": ("東京都 ひらがな カタカナ",)}
"""Texts that the fonts must be able to print: everywhere (""), and in Japan ("ap")."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of a check. `ok` is false when a person should act; `advice` says how."""

    topic: str
    ok: bool
    message: str
    advice: str = ""


def examine(desk: Desk) -> list[Finding]:
    """Return the findings about files, disk and tools; the network is not used."""
    return [*files(desk.settings), *_invoices(), *tmux(os.environ)]


def files(settings: Settings) -> list[Finding]:
    """Return the findings about the files that need no open store."""
    store = settings.sqlite_file
    found = [_modes(settings, store), _room(settings, store)]
    if store is not None:
        found.append(filesystem(store, Path("/proc/self/mountinfo")))
    return found


def clock(company: str, ahead_s: float | None) -> list[Finding]:
    """Return the finding about this clock; `ahead_s` comes from the Date header, in whole seconds and some time old."""
    if ahead_s is None:
        return []
    if abs(ahead_s) < CLOCK_S:
        return [Finding("clock", True, f"This machine's clock agrees with Back Market's to {abs(ahead_s):.0f} s.")]
    how = f"{how_many(round(abs(ahead_s) / 60), 'minute')} {'ahead of' if ahead_s > 0 else 'behind'}"
    return [
        Finding(
            "clock",
            False,
            f"This machine's clock is {how} Back Market's ({company}): ship-by times and dates are shown wrong.",
            "Set it and keep it in sync: 'timedatectl set-ntp true'.",
        )
    ]


def filesystem(path: Path, mountinfo: Path) -> Finding:
    """Check whether the store lies on a filesystem where SQLite's locks work."""
    kind = _kind_of(path.resolve(), mountinfo)
    if not kind.startswith(OF_NETWORK):
        return Finding("filesystem", True, f"The store is on {kind or 'an unknown filesystem'}.")
    return Finding(
        "filesystem",
        False,
        f"The store {path} is on a network filesystem ({kind}), where SQLite's locks do not hold.",
        "Move it to a local disk, or use PostgreSQL: 'bmtui help postgresql'.",
    )


def stopped(workers: Iterable[str], proc: Path = Path("/proc")) -> list[str]:
    """Return those of the workers on this host that a signal has stopped (SIGSTOP, Ctrl-Z)."""
    here = f"{os.uname().nodename}-"
    found = []
    for worker in workers:
        if not worker.startswith(here):
            continue
        process = worker.removeprefix(here).partition("-")[0]
        try:
            # The process name stands in parentheses and may hold any character, also parentheses.
            state = (proc / process / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        except (OSError, IndexError):
            continue
        if state in ("T", "t"):
            found.append(f"worker {worker} (process {process})")
    return found


def tmux(environ: Mapping[str, str]) -> list[Finding]:
    """Check whether text that is copied in a screen reaches the clipboard outside tmux."""
    if not environ.get("TMUX"):
        return []
    try:
        done = subprocess.run(
            ["tmux", "show-options", "-sv", "set-clipboard"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    if done.stdout.strip() != "off":
        return [Finding("tmux", True, f"tmux passes on what is copied (set-clipboard {done.stdout.strip()}).")]
    return [
        Finding(
            "tmux",
            False,
            "tmux keeps what is copied to itself (set-clipboard off): it does not reach your own clipboard.",
            "Put 'set -s set-clipboard on' into ~/.tmux.conf, then 'tmux source ~/.tmux.conf'.",
        )
    ]


def _modes(found: Settings, store: Path | None) -> Finding:
    private = [found.file, found.log_file, *found.credentials.glob("*")]
    if store is not None:
        # SQLite's files beside the store get their mode from it.
        private.append(store)
    open_files = [path for path in private if _mode(path) & 0o077]
    folders = [path for path in (found.data, found.config, found.state) if _mode(path) & 0o022]
    if credentials.folder_problem(found.credentials):
        folders.append(found.credentials)
    if not open_files and not folders:
        return Finding("modes", True, "Nobody else can read the store, the tokens or the log.")
    what = [f"{path.name} (mode {_mode(path):o})" for path in (*open_files, *folders)]
    commands = [f"chmod 600 {path}" for path in open_files] + [f"chmod go-w {path}" for path in dict.fromkeys(folders)]
    return Finding("modes", False, f"Others can read or write: {', '.join(what)}.", f"Run: {' && '.join(commands)}")


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return 0


def _room(settings: Settings, store: Path | None) -> Finding:
    folder = next(path for path in (settings.data, *settings.data.parents) if path.exists())
    needed = ROOM_BYTES + (store.stat().st_size if store is not None and store.is_file() else 0)
    usage = os.statvfs(folder)
    free = usage.f_bavail * usage.f_frsize
    if free >= needed:
        return Finding("disk", True, f"{free / 1e9:,.1f} GB are free in {folder}.")
    return Finding(
        "disk",
        False,
        f"Only {free / 1e6:,.0f} MB are free in {folder}; {needed / 1e6:,.0f} MB are needed to go on and to back up.",
        "Make room: old backups, 'bmtui purge', or a larger disk. When it is full, nothing is sent any more.",
    )


def _invoices() -> list[Finding]:
    wanted = {row.entries.get("preference") for row in InvoiceSettings.select()}
    why = word.available()
    found = []
    if why and Preference.WORD in wanted:
        found.append(Finding("libreoffice", False, why, "Until then the Standard invoice is made instead."))
    else:
        found.append(Finding("libreoffice", True, why or "Word to PDF invoices can be made."))
    try:
        fonts.check(_PROBES[""])
        if Company.select().where(Company.platform == "ap").exists():
            fonts.check(_PROBES["ap"])
    except RuleRefused as error:
        found.append(Finding("fonts", False, error.message, error.advice))
    else:
        found.append(Finding("fonts", True, "Invoices have the fonts of their markets."))
    return found


def _kind_of(path: Path, mountinfo: Path) -> str:
    """Return the type of the filesystem on which `path` lies or will lie; '' if it is unknown."""
    best, kind = -1, ""
    try:
        lines = mountinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        before, _, after = line.partition(" - ")
        place = before.split()[4].replace("\\040", " ") if len(before.split()) > 4 else ""
        if place and path.is_relative_to(place) and len(place) >= best:
            best, kind = len(place), after.split()[0] if after.split() else ""
    return kind
