"""Commands `bmtui orders tag|assign|field`: tags, assignees and named fields of orders."""

from __future__ import annotations

import argparse

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.documents import to_json
from bmtui.cli.options import Commands, command, take
from bmtui.cli.order_arguments import add_order_arguments, orders_named
from bmtui.cli.order_results import Act, each_order, emit_orders
from bmtui.cli.output import confirmed, emit_list, emit_one
from bmtui.desk.core.context import Desk
from bmtui.desk.overview import order as overview
from bmtui.desk.tags import tags
from bmtui.desk.tags.parameters import TAG, VALUE
from bmtui.errors import ConfigError
from bmtui.text import how_many


def register_orders(sub: Commands, common: argparse.ArgumentParser) -> None:
    """Add these commands to the group `bmtui orders`."""
    tagging = command(sub, common, "tag", _tag)
    add_order_arguments(tagging, "ID", "the orders' numbers")
    take(tagging, TAG)
    assigning = command(sub, common, "assign", _assign)
    add_order_arguments(assigning, "ID", "the orders' numbers")
    whose = assigning.add_mutually_exclusive_group(required=True)
    whose.add_argument("--to", metavar="ACCOUNT", help="an account, or me")
    whose.add_argument("--nobody", action="store_true", help="nobody's any longer")
    fields = command(sub, common, "field", _field)
    add_order_arguments(fields, "ID", "the orders' numbers")
    fields.add_argument("--set", action="append", default=[], metavar=VALUE.shape, help=VALUE.help)
    fields.add_argument("--add", metavar="NAME", help=f"add this field to orders; at most {tags.MOST_FIELDS}")
    fields.add_argument("--remove", metavar="NAME", help="remove this field with all its values")
    fields.add_argument("--csv", action="store_true", help="comma-separated values on stdout")
    fields.add_argument("--yes", action="store_true", help="do not ask")


def _tag(args: argparse.Namespace) -> int:
    for text in (*args.add, *args.remove):
        tags.read_tag(text)
    if not args.add and not args.remove:
        raise ConfigError("No tag is named.", "Give --add TAG or --remove TAG.")

    def act(at: Desk, order_id: int) -> tuple[str, int | None]:
        has = tags.tag(at, order_id, add=args.add, remove=args.remove)
        return f"Order {order_id}: {', '.join(has) or 'no tags'}.", None

    return _each(args, act)


def _assign(args: argparse.Namespace) -> int:
    def act(at: Desk, order_id: int) -> tuple[str, int | None]:
        account = tags.assign(at, order_id, "" if args.nobody else args.to)
        return f"Order {order_id} is {f'assigned to {account}' if account else 'assigned to nobody'}.", None

    return _each(args, act)


def _field(args: argparse.Namespace) -> int:
    if args.add or args.remove or not (args.orders or args.file):
        return _fields(args)
    values = {}
    for text in args.set:
        name, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"'{text[:40]}' sets no field.", "Write --set NAME=TEXT.")
        values[name.strip().lower()] = value

    def act(at: Desk, order_id: int) -> tuple[str, int | None]:
        tags.set_fields(at, order_id, values)
        return f"Order {order_id}: {', '.join(values)} set.", None

    return _each(args, act)


def _fields(args: argparse.Namespace) -> int:
    """Add or remove a field; list the fields unless one was removed."""
    if args.set or args.orders or args.file:
        raise ConfigError("A field cannot be added or removed and set at once.", "Set it with a second command.")
    with desk(args) as opened:
        if args.add:
            tags.add_field(opened, args.add)
        if args.remove:
            confirmed(args, f"Remove the field '{args.remove}' from all orders, with all its values?", sends=True)
            gone = tags.remove_field(opened, args.remove)
            emit_one(args, {"field": args.remove, "orders": gone}, [f"Removed from {how_many(gone, 'order')}."])
            return exit_codes.DONE
        rows = [{"field": name} for name in tags.field_names(opened)]
        emit_list(args, rows, {"field": "Field"}, "Orders have no fields yet: --add NAME makes one.")
    return exit_codes.DONE


def _each(args: argparse.Namespace, act: Act) -> int:
    ids = list(orders_named(args, bare=True))
    with desk(args) as opened:
        results = each_order(opened, ids, act, alone=len(ids) == 1)
        views = {result.order_id: overview.show(opened, result.order_id) for result in results if result.done}
        documents = {order_id: to_json(view) for order_id, view in views.items()}
        return emit_orders(args, results, documents, [result.sentence for result in results if result.done])
