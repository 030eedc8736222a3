"""Findings of `doctor` about the login account, the rules of sudo and sshd, and files that people could write."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import bmtui
from bmtui.desk.core import acting
from bmtui.desk.core.context import Desk
from bmtui.desk.operations.host_checks import Finding
from bmtui.store.models import Operator
from bmtui.text import how_many
from bmtui.words import Role

BECOME_ROOT = ("root", "sudo", "wheel", "admin", "docker", "lxd")
"""Groups whose members may become root on one system or another."""
SUDOERS = (Path("/etc/sudoers"), Path("/etc/sudoers.d"))
SSHD = (Path("/etc/ssh/sshd_config"), Path("/etc/ssh/sshd_config.d"))
_GUIDE = "'bmtui help operations', Operators over SSH"


def examine(desk: Desk) -> list[Finding]:
    """Return the findings about accounts on this machine; a single one while no account is listed."""
    people = list(Operator.select().order_by(Operator.account))
    if not people:
        # PostgreSQL reports this in a finding of its own (server_checks.roles).
        free = Finding("roles", True, "No account is listed: everybody may do everything.")
        return [free] if desk.store.database.kind == "sqlite" else []
    found = [login(desk, os.environ, os.getuid(), acting.login_uid())]
    held = {row.uid: row.account for row in people if row.role != Role.ADMIN}
    if desk.store.database.kind == "sqlite":
        found.append(rights(held, _of_desk(desk), _groups(held.values())))
    else:
        found += _program(desk, held)
    found.append(forced(SSHD, SUDOERS, by_sudo=desk.store.database.kind == "sqlite"))
    return found


def login(desk: Desk, environ: Mapping[str, str], process: int, login_uid: int | None) -> Finding:
    """Check whether the account that logged in is also the account that acts."""
    acts = f"{acting.account_of(desk.uid)}({desk.uid})"
    held_there = not desk.store.database.may_work()
    if desk.uid != process:
        return Finding("login", True, f"{acts} called sudo, and acts with rights of their own.")
    caller = acting.caller_of(environ) or login_uid
    # Anybody may have become root before: nothing is known about who logged in.
    by_root = process == 0 or environ.get("SUDO_UID") == "0"
    if held_there or by_root or caller in (None, 0, desk.uid):
        return Finding("login", True, f"The account that acts is {acts}.")
    return Finding(
        "login",
        False,
        f"{acting.account_of(caller)}({caller}) logged in and works as {acts}, with its rights: whoever does the same "
        "is the same person to bmtui, for limits, approvals and the audit.",
        f"Let each person's sudo start the desk as the account that owns the store ({_GUIDE}).",
    )


def rights(held: Mapping[int, str], paths: Iterable[Path], able: Mapping[str, str]) -> Finding:
    """Check whether an account below admin could write the store or the program, or become root.

    Args:
        held: accounts that are no admins, by number.
        paths: the store, its folders, and the program.
        able: of these accounts, those in a group whose members may become root.
    """
    wrong = [f"{held[uid]} owns {path}" for path, uid, _ in _stats(paths) if uid in held]
    wrong += [f"everybody may write {path}" for path, _, mode in _stats(paths) if mode & 0o002]
    wrong += [f"{account} is in the group {group}" for account, group in able.items()]
    if wrong:
        return Finding(
            "roles",
            False,
            f"Rights do not hold: {', '.join(wrong)}.",
            "Let one account of a service own the store and root own the program, and remove people from such groups "
            f"({_GUIDE}).",
        )
    return Finding(
        "roles", True, f"{how_many(len(held), 'account reaches', 'accounts reach')} the store only through the desk."
    )


def forced(sshd: Iterable[Path], sudoers: Iterable[Path], *, by_sudo: bool) -> Finding:
    """Check whether the sshd and sudo files that start the desk are root's, and let each person act as themselves.

    Args:
        by_sudo: the store does not know who is connected, so that sudo has to say it.
    """
    wrong = []
    for file in _files(sshd):
        commands = [line.split(None, 1)[1] for line in _lines(file) if line.lower().startswith("forcecommand ")]
        ours = [command for command in commands if _program_of(command).endswith("bmtui")]
        if not ours:
            continue
        wrong += _not_roots(file)
        if by_sudo and any(Path(_words(command)[0]).name != "sudo" for command in ours):
            wrong.append(f"{file} starts the desk without sudo")
    for file in _files(sudoers):
        rules = [line for line in _lines(file) if "/bmtui" in line]
        if rules or file.name == "bmtui":
            wrong += _not_roots(file)
        grants = [line for line in rules if not line.startswith("Defaults")]
        if grants and not any(line.startswith("Defaults!") and " env_reset" in line for line in rules):
            wrong.append(f"{file} has no env_reset for the desk: a person's environment may reach it")
        for line in grants:
            if "NOEXEC" not in line:
                wrong.append(f"{file} lacks NOEXEC: an editor would be a shell")
            _, *options = line.rpartition(":")[2].split()
            if not options or "*" in line:
                wrong.append(f"{file} lets people choose the options, such as --home")
    if wrong:
        again = "'bmtui deploy ssh' and 'bmtui deploy sudoers' print both files; root owns them, mode 644 and 440."
        return Finding("ssh", False, f"{'; '.join(dict.fromkeys(wrong))}.", again)
    return Finding("ssh", True, "The files that open the desk over SSH belong to root, as far as this account can see.")


def _program(desk: Desk, held: Mapping[int, str]) -> list[Finding]:
    """Return a finding if a person could change the program and so act as somebody else; for PostgreSQL."""
    found = rights(held, _of_program(), {})
    return [] if found.ok else [Finding("program", False, found.message, found.advice)]


def _of_desk(desk: Desk) -> list[Path]:
    store = Path(desk.store.database.where)
    settings = desk.settings
    return list(dict.fromkeys([store, store.parent, settings.config, settings.credentials, *_of_program()]))


def _of_program() -> list[Path]:
    return list(dict.fromkeys([Path(sys.argv[0]), Path(bmtui.__file__), Path(bmtui.__file__).parent]))


def _groups(accounts: Iterable[str]) -> dict[str, str]:
    found = {}
    for account in accounts:
        try:
            own = pwd.getpwnam(account)
        except KeyError:
            continue
        for number in os.getgrouplist(account, own.pw_gid):
            try:
                name = grp.getgrgid(number).gr_name
            except KeyError:
                continue
            if name in BECOME_ROOT:
                found[account] = name
    return found


def _stats(paths: Iterable[Path]) -> Iterator[tuple[Path, int, int]]:
    for path in paths:
        try:
            info = path.stat()
        except OSError:
            continue
        yield path, info.st_uid, info.st_mode


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        try:
            yield from sorted(place.iterdir()) if place.is_dir() else [place] if place.is_file() else []
        except OSError:
            continue


def _lines(file: Path) -> list[str]:
    """Return the lines of a file without comments; none if this account may not read it."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ")
    except OSError:
        return []
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def _not_roots(file: Path) -> list[str]:
    return [
        f"{path} is not root's alone" for path, uid, mode in _stats([file, file.parent]) if uid != 0 or mode & 0o022
    ]


def _program_of(command: str) -> str:
    return next((word for word in _words(command) if word.endswith("bmtui") and "/" in word), "")


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command) or [""]
    except ValueError:
        return [""]
