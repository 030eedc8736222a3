"""Commands of the command line on a desk that is open already, all inside a transaction that is taken back."""

from __future__ import annotations

import argparse
import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from unittest import mock

from bmtui.cli import common
from bmtui.cli.parser import whole_parser
from bmtui.desk.companies import credentials
from bmtui.desk.core.context import Desk
from bmtui.errors import BmtuiError
from bmtui.store import Store

_parser = cache(whole_parser)


class _Open(Store):
    """Store of another desk, which a command leaves open."""

    def __init__(self, store: Store) -> None:
        self.__dict__ = store.__dict__

    def close(self) -> None:
        """Leave the store open."""


class _Undo(Exception):
    pass


@contextlib.contextmanager
def undone(desk: Desk) -> Iterator[None]:
    """Take back all that is stored inside."""
    with contextlib.suppress(_Undo), desk.store.transaction():
        yield
        raise _Undo


@dataclass(frozen=True)
class Said:
    """Output of a command; `error`: why it was refused."""

    out: str
    code: int | None = None
    error: str = ""


def run(desk: Desk, company: str, *words: str) -> Said:
    """Run a command for one company as the desk's person, in the caller's transaction."""

    def opened(_: object, *, read_only: bool, company: str | None, progress: object) -> Desk:
        return replace(desk, read_only=read_only, store=_Open(desk.store)).of_company(company)

    defaults = argparse.Namespace(
        home=str(desk.settings.config), read_only=False, json=False, csv=False, run=None, log=False
    )
    args: Any = _parser().parse_args([*words, "--company", company], defaults)
    out = io.StringIO()
    # A database cannot be made smaller inside a transaction, nor a token's file come back.
    with (
        mock.patch.object(common, "open_desk", opened),
        mock.patch.object(desk.store.database, "compact"),
        mock.patch.object(credentials, "forget"),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        try:
            code = args.run(args)
        except BmtuiError as error:
            return Said(out.getvalue(), error=str(error))
    return Said(out.getvalue(), code)
