"""Commands `bmtui money costs` and `bmtui money settings`."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.common import desk, must_write
from bmtui.cli.options import Commands, change_options, command, listing_options
from bmtui.cli.output import confirmed, emit_list, emit_one, say
from bmtui.errors import ConfigError
from bmtui.text import how_many

_COSTS = {
    "kind": "Kind",
    "identifier": "Device or SKU",
    "since": "Since",
    "cost": "Cost",
    "currency": "",
    "reference": "Reference",
    "made_at": "Stored",
    "made_by": "By",
}
_MISSING = {
    "order_id": "Order",
    "sku": "SKU",
    "imei": "IMEI",
    "serial_number": "Serial number",
    "price": "Price",
    "currency": "",
    "shipped_at": "Shipped",
}
_SETTINGS = {"key": "Setting", "value": "Value", "label": "What", "help": ""}


def register(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add these commands to the group `bmtui money`."""
    costs = command(sub, common, "costs", _costs, "purchase costs: list them, or import a file after a preview")
    costs.add_argument(
        "file", nargs="?", metavar="FILE", help="columns: imei, serial or sku; cost, currency, date, reference"
    )
    costs.add_argument("--missing", action="store_true", help="shipped items without a purchase cost")
    costs.add_argument("--stock", action="store_true", help="also import costs of devices that were not sold here yet")
    listing_options(costs)
    change_options(costs)
    settings = command(sub, common, "settings", _settings, "show or change the account settings")
    settings.add_argument("changes", nargs="*", metavar="KEY=VALUE", help="an empty value restores the default")
    listing_options(settings)


def _costs(args: argparse.Namespace) -> int:
    from bmtui.desk.accounts import costs

    with desk(args) as opened:
        if args.missing:
            missing = costs.without_cost(opened, args.limit)
            emit_list(args, missing, _MISSING, "Everything that was shipped has a cost.", opened)
            return exit_codes.PARTLY_DONE if missing else exit_codes.DONE
        if not args.file:
            emit_list(args, costs.listing(opened, args.limit), _COSTS, "There are no costs yet.", opened)
            return exit_codes.DONE
        must_write(args, opened)
        seen = costs.preview(opened, args.file, stock=args.stock)
        for sentence in (*seen.notes, *seen.wrong, *seen.unsold):
            say(sentence)
        if args.dry_run:
            emit_one(
                args,
                seen,
                [
                    f"{how_many(len(seen.rows), 'row is', 'rows are')} new, {seen.known:,} are already stored. "
                    "Nothing was stored."
                ],
            )
            return exit_codes.REFUSED_BY_RULE if seen.wrong or seen.unsold else exit_codes.DONE
        if seen.rows and not seen.wrong and not seen.unsold:
            confirmed(args, f"Store {len(seen.rows):,} purchase costs of {seen.file}?", sends=False)
        stored = costs.save(opened, seen)
        document = {"file": seen.file, "stored": stored, "known": seen.known}
        emit_one(args, document, [f"{stored:,} purchase costs stored, {seen.known:,} were already stored."])
        return exit_codes.DONE


def _settings(args: argparse.Namespace) -> int:
    from bmtui.desk.accounts import settings

    changes = {}
    for text in args.changes:
        key, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"'{text}' is not KEY=VALUE.", f"Settings: {', '.join(settings.BY_KEY)}.")
        changes[key] = value
    with desk(args) as opened:
        found = settings.change(opened, changes) if changes else settings.show(opened)
        emit_list(args, found[: args.limit], _SETTINGS, "There are no settings.")
    return exit_codes.DONE
