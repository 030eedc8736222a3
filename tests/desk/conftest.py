"""Desk of a company with rows in every table, without its twin; see `twin`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from installation import frozen

from bmtui.desk.core.context import Desk


@dataclass(frozen=True)
class Filled:
    """Desk of the company, the folder of the files that commands import, and one for files that they write."""

    desk: Desk
    folder: Path
    out: Path


@pytest.fixture(scope="module")
def filled(long_lived: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    # Beside the tests of companies, whose folder is on the path while they run.
    import full_company

    desk = full_company.at(long_lived)
    folder = tmp_path_factory.mktemp("files")
    with frozen():
        full_company.fill(desk, folder)
        yield Filled(desk, folder, tmp_path_factory.mktemp("out"))
