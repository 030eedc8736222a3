"""Command `bmtui moving-in`: the checklist, imports of another system's orders and documents, undo and export."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bmtui.cli import exit_codes
from bmtui.cli.common import desk
from bmtui.cli.documents import to_json
from bmtui.cli.moving_in import documents_import, orders_import
from bmtui.cli.options import Commands, change_options, command, doubt_option
from bmtui.cli.output import confirmed, emit_list, emit_one, say
from bmtui.desk.core.context import Desk
from bmtui.desk.moving_in import checklist, columns, export, import_undo
from bmtui.errors import ConfigError
from bmtui.text import how_many
from bmtui.values import whole_number

_IMPORTS = {"import_id": "Import", "file": "File", "made_at": "Made", "made_by": "By", "orders": "Orders"}


@dataclass(frozen=True, slots=True)
class _Part:
    """Part of the command, named by its first argument.

    Attributes:
        about: what it does, without a full stop.
        file: help of its argument FILE; '' for none.
        takes: options that it uses, by their destinations.
    """

    run: Callable[[argparse.Namespace], int]
    about: str
    file: str = ""
    takes: Sequence[str] = ()


class _Help(argparse.Action):
    """Option ``--help``: after the name of a part, it describes that part alone."""

    def __init__(self, option_strings: Sequence[str], dest: str, common: argparse.ArgumentParser, **more: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, **more)
        self._common = common

    def __call__(self, parser: argparse.ArgumentParser, args: argparse.Namespace, *_: object) -> None:
        part = _DOES.get(getattr(args, "what", None) or "")
        if part is not None:
            whole = parser
            about = f"{part.about[0].upper()}{part.about[1:]}."
            parser = argparse.ArgumentParser(f"{whole.prog} {args.what}", description=about, parents=[self._common])
            if part.file:
                parser.add_argument("file", metavar="FILE", help=part.file)
            for action in whole._actions:
                if action.dest in (*part.takes, "json"):
                    parser._add_action(action)
        parser.print_help()
        parser.exit()


def register(commands: Commands, common: argparse.ArgumentParser) -> None:
    parser = command(commands, common, "moving-in", _run, own_help=True)
    parser.add_argument("-h", "--help", action=_Help, common=common, help="show this help, or that of a part, and exit")
    parser.add_argument(
        "what",
        nargs="?",
        choices=list(_DOES),
        help=f"{'; '.join(f'{name}: {part.about}' for name, part in _DOES.items())}; without any the checklist",
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="CSV or TSV; the folder of export; the import to undo")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COLUMN=HEADING",
        help=f"which heading is which column ({', '.join(columns.COLUMNS)}, field.NAME); repeatable",
    )
    parser.add_argument("--map-file", metavar="FILE", help="the same as TOML, as 'moving-in columns FILE' writes it")
    parser.add_argument("--dates", metavar="dmy|mdy", default="", help="how dates like 03/11/2026 are meant")
    parser.add_argument(
        "--source-company",
        action="append",
        default=[],
        metavar="NAME",
        help="name of this company in the file, if it is another; repeatable",
    )
    parser.add_argument("--skip-others", action="store_true", help="leave out rows of other channels and companies")
    parser.add_argument("--result", metavar="FILE", help="write the result of each row as CSV")
    parser.add_argument("--pdf-folder", metavar="DIR", help="where the PDFs of recorded invoices are")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="STEP",
        help=f"a step of the checklist that does not concern you ({', '.join(checklist.KEYS)}); repeatable",
    )
    change_options(parser)
    doubt_option(parser)


def _run(args: argparse.Namespace) -> int:
    return _DOES[args.what].run(args) if args.what else _checklist(args)


def _checklist(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        steps = checklist.steps(opened, args.without)
        left = [step for step in steps if not step.done]
        ends = (
            f"{len(left):,} of {how_many(len(steps), 'step is', 'steps are')} left." if left else "All steps are done."
        )
        emit_one(args, {"done": not left, "steps": to_json(steps)}, [*(step.sentence for step in steps), ends])
    return exit_codes.PARTLY_DONE if left else exit_codes.DONE


def _columns(args: argparse.Namespace) -> int:
    print(columns.mapping_text(_file(args)), end="")
    return exit_codes.DONE


def _imports(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        args.csv = False
        emit_list(args, import_undo.listing(opened), _IMPORTS, "Nothing was imported yet.", opened)
    return exit_codes.DONE


def _undo(args: argparse.Namespace) -> int:
    number = whole_number.read(args.file, field="import") if args.file else None
    with desk(args) as opened:
        planned = import_undo.plan(opened, number)
        lines = [planned.sentence, *(str(one) for one in planned.obstacles[: orders_import.SHOWN])]
        if args.dry_run:
            emit_one(args, planned, [*lines, "Nothing was changed."])
            return exit_codes.DONE
        opened.must_write()
        if not planned.obstacles:
            confirmed(args, f"{planned.sentence} Do it?", sends=True)
        done = import_undo.undo(opened, planned.view.import_id)
        emit_one(args, done, [done.sentence])
    return exit_codes.DONE


def _export(args: argparse.Namespace) -> int:
    with desk(args) as opened:
        written = export.write(opened, _file(args), tell=lambda name, rows: say(f"{name}: {how_many(rows, 'row')}"))
        lines = [f"{one.path}: {how_many(one.rows, 'row')}." for one in written]
        emit_one(args, {"files": to_json(written)}, lines)
    return exit_codes.DONE


def _file(args: argparse.Namespace) -> str:
    if args.file is None:
        raise ConfigError("No file is named.", f"Write 'bmtui moving-in {args.what} FILE'.")
    return str(args.file)


def _with_file(run: Callable[[argparse.Namespace, Desk, str], int]) -> Callable[[argparse.Namespace], int]:
    def opened_with(args: argparse.Namespace) -> int:
        path = _file(args)
        with desk(args) as opened:
            return run(args, opened, path)

    return opened_with


_CHANGES = ("dry_run", "yes")
_MAPS = ("map", "map_file", "dates")
_DOES = {
    "import": _Part(
        _with_file(orders_import.run),
        "import the order data of another system",
        "CSV or TSV, a row for an order, a line, a note, a refund or an RMA",
        (*_MAPS, "source_company", "skip_others", "result", *_CHANGES),
    ),
    "columns": _Part(_columns, "write a mapping of a file's headings, for --map-file", "CSV or TSV"),
    "imports": _Part(_imports, "list the imports"),
    "undo": _Part(_undo, "undo an import", "its number in 'moving-in imports'; without one the last", _CHANGES),
    "invoices": _Part(
        _with_file(documents_import.run),
        "record documents that were made elsewhere",
        "CSV or TSV, a row for a document",
        (*_MAPS, "pdf_folder", *_CHANGES),
    ),
    "export": _Part(_export, "export all of it as CSV, the way back", "a new folder"),
}
