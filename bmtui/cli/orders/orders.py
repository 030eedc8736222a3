"""Group of commands `bmtui orders`: downloading, finding, showing, cancelling, refunding and shipping orders."""

from __future__ import annotations

import argparse
import importlib

from bmtui.cli.command_table import ORDERS
from bmtui.cli.options import Commands, group
from bmtui.cli.parser import GivenCommand, modules_of


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    if not isinstance(commands, GivenCommand):
        sub = group(commands, "orders")
        for module in modules_of(ORDERS):
            module.register_orders(sub, common)
        return

    parts: GivenCommand = group(commands, "orders", action=GivenCommand)

    def load(name: str) -> None:
        importlib.import_module(ORDERS[name].module).register_orders(parts, common)

    parts.offer(ORDERS, load)
