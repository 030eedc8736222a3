"""Command `bmtui money`: billing statements, purchase costs, VAT of a period, and the figures of a month."""

from __future__ import annotations

import argparse

from bmtui.cli.accounts import costs, fees, figures, returns, statements
from bmtui.cli.options import Commands, group


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    sub = group(commands, "money")
    for module in (statements, fees, costs, returns, figures):
        module.register(sub, common)
