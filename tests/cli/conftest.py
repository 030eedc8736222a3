from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CommandLine

from bmtui.sandbox.server import SandboxServer


@pytest.fixture
def bmtui(tmp_path: Path) -> CommandLine:
    """An installation without a company."""
    return CommandLine(tmp_path / "home")


@pytest.fixture
def shop_bmtui(bmtui: CommandLine, marketplace: SandboxServer) -> CommandLine:
    """An installation with a company on the practice marketplace; nothing downloaded."""
    bmtui.add_company(marketplace.url, marketplace.token)
    return bmtui


@pytest.fixture
def stocked_bmtui(shop_bmtui: CommandLine) -> CommandLine:
    """An installation that has downloaded every order."""
    shop_bmtui.ok("orders", "download", "--since", "2000-01-01", "--wait")
    return shop_bmtui
