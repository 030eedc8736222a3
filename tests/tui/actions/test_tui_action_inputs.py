"""Inputs of actions: a dialog and its command take the same values, and refuse others in the field or option."""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from action_inputs import FILLED, LONGEST, NO_VALUE, SAME, UNREAD, WAYS, parsers, prepare, texts_of, words_of
from driving import Driver, driving
from helpers import copied_home
from installation import frozen, number, opened
from textual.events import Paste

from bmtui import csv_writer
from bmtui.cli import exit_codes
from bmtui.cli.order_arguments import orders_named
from bmtui.desk.accounts import costs, statement_import
from bmtui.desk.accounts import settings as account_settings
from bmtui.desk.companies import companies
from bmtui.desk.companies import fields as company_fields
from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import READERS, Kind, Parameter
from bmtui.desk.invoicing import fields as invoice_fields
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.operations import company_toml
from bmtui.desk.operations.action_inputs import INPUTS, ActionInputs
from bmtui.desk.orders import search
from bmtui.desk.returns import csv_import
from bmtui.desk.shipping import parameters as shipping_parameters
from bmtui.desk.shipping import shipments_csv
from bmtui.errors import BmtuiError
from bmtui.store.models import TABLES
from bmtui.tui.actions.registry import BY_ID
from bmtui.tui.dialogs.base import DeskModal
from bmtui.tui.dialogs.form import entered
from bmtui.tui.widgets.form import Entry, Paragraph

PACKAGE = Path(__file__).parents[3] / "bmtui"
COMMON = {"help", "json", "csv", "home", "company", "read_only", "wait", "dry_run", "yes", "accept_doubt"}
"""Options about the way a command works, not about its action."""
FLAGS = {
    "orders paper-name": {"clear"},  # an empty field does it
    "invoices make": {"waiting", "limit"},  # `M` makes all
    "rules save": {"off"},  # the dialog leaves a rule on or off as it is
}
"""Options without a value for which the dialog has a key or an empty field."""


@pytest.fixture
def home(furnished: Path, tmp_path: Path) -> Path:
    return copied_home(furnished, tmp_path / "home")


@pytest.fixture
def fitted(home: Path) -> Iterator[Desk]:
    desk = opened(home)
    yield desk
    desk.store.close()


def plain_names(ids: set[str]) -> set[str]:
    """Return the names of parameters, of field ids that may end in the number of a line."""
    return {name if not name.rpartition("-")[2].isdecimal() else name.rpartition("-")[0] for name in ids}


def of_dialog(command: str) -> list[ActionInputs]:
    """Return the actions of the dialog of a command."""
    return [one for one in INPUTS if SAME.get(one.command, one.command) == command]


def test_value_kinds_all_have_a_reader_and_wrong_texts() -> None:
    assert set(READERS) == set(Kind) == {*NO_VALUE, *LONGEST, *UNREAD}


def test_actions_with_inputs_are_all_opened_and_registered() -> None:
    assert {one.command for one in INPUTS} == {*WAYS, *SAME}
    assert {one.action for one in INPUTS} <= set(BY_ID)


@pytest.mark.parametrize("inputs", INPUTS, ids=lambda one: one.command)
def test_command_takes_the_parameters_of_its_action(inputs: ActionInputs) -> None:
    parser = parsers()[inputs.command]
    # Two spellings of one option have two names.
    taken = {action.dest.removesuffix("_option") for action in parser._actions} - COMMON
    taken -= FLAGS.get(inputs.command, set()) | set(inputs.about)
    assert taken == {one.name for one in inputs.parameters} | set(inputs.only_command)
    told = {action.dest: action.help for action in parser._actions}
    for one in inputs.parameters:
        assert told[one.name] == (one.help or ", ".join(one.choices)), one.name


@pytest.mark.parametrize("command", WAYS)
async def test_dialog_takes_the_values_of_its_command_and_keeps_wrong_ones(fitted: Desk, command: str) -> None:
    inputs = of_dialog(command)
    prepare(fitted, command)
    with frozen():
        async with driving(fitted) as person:
            await person.settled()
            await WAYS[command](person)
            dialog = dialog_of(person)
            names = {one.name for each in inputs for one in each.parameters}
            assert plain_names(set(entered(dialog))) == names | {name for each in inputs for name in each.only_dialog}
            for name, text in FILLED.get(command, {}).items():
                dialog.query_one(f"#{name}", Entry).value = text
            known = {one.name: one for each in inputs for one in each.parameters}
            for field in list(dialog.query(Entry)):
                (name,) = plain_names({str(field.id)})
                if name in known:
                    await _refuses(person, field, known[name])


def dialog_of(person: Driver) -> DeskModal[Any]:
    dialog = person.app.screen
    assert isinstance(dialog, DeskModal)
    return dialog


def _has(field: Entry, text: str) -> bool:
    return field.entered == text


async def _refuses(person: Driver, field: Entry, parameter: Parameter) -> None:
    """Paste texts that are no value: each stays in the field, which has the focus, and is refused in words."""
    dialog = dialog_of(person)
    if parameter.kind in LONGEST:
        assert field.max_length == parameter.longest
        return
    problem = dialog.query_one("#problem", Paragraph)
    before = {entry.id: entry.value for entry in dialog.query(Entry)}
    for text in texts_of(parameter)[:: 1 if parameter.kind in (Kind.AMOUNT, Kind.IDENTIFIER) else 3]:
        if len(text) > parameter.longest:
            continue
        dialog.wrong("")
        field.value = ""
        field.focus()
        field.post_message(Paste(f"{text}\r\n"))
        await person.until(partial(_has, field, text))
        dialog.set_focus(None)
        dialog.query_one("#keys")
        await person.press("ctrl+s")
        await person.until(lambda: problem.text != "")
        assert person.app.screen is dialog, text
        assert field.entered == text
        assert person.app.focused is field, (text, problem.text)
    for entry in dialog.query(Entry):
        entry.value = before[entry.id]


def counts(home: Path) -> dict[str, int]:
    """Return the number of rows of each table."""
    desk = opened(home)
    try:
        return {table.__name__: table.select().count() for table in TABLES}
    finally:
        desk.store.close()


@pytest.mark.parametrize("inputs", INPUTS, ids=lambda one: one.command)
def test_command_with_a_wrong_value_exits_with_2_or_3_and_changes_nothing(inputs: ActionInputs, home: Path) -> None:
    before = counts(home)
    parser = parsers()[inputs.command]
    for parameter in inputs.parameters:
        if parameter.kind is Kind.TOGGLE and not parameter.by_line:
            continue  # an option without a value
        for text in texts_of(parameter):
            words = words_of(inputs, parameter, text)
            yes = ["--yes"] if any(action.dest == "yes" for action in parser._actions) else []
            code, field = run(parser, home, [*words[len(inputs.command.split()) :], *yes])
            assert code in (exit_codes.USAGE, exit_codes.REFUSED_BY_RULE), (words, code)
            assert field.partition("-")[0] == parameter.name or not field, (words, field)
    assert counts(home) == before


def run(parser: argparse.ArgumentParser, home: Path, words: list[str]) -> tuple[int, str]:
    """Run a command; return its exit code and the field that its error is about, or ""."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            defaults = argparse.Namespace(home=str(home), company=None, read_only=False, json=False, csv=False)
            args = parser.parse_args(words, defaults)
            args.home = str(home)
            return int(args.run(args)), ""
        except BmtuiError as error:
            return exit_codes.code_of(type(error)), error.field
        except SystemExit as ended:
            return int(ended.code or 0), ""


# Files

FILE_KINDS = {"order": Kind.NUMBER, "identifiers": Kind.IDENTIFIER, "imei": Kind.IDENTIFIER, "serial": Kind.IDENTIFIER}
"""Kinds of the columns of a shipments file that no option has."""


@pytest.mark.parametrize("column", shipments_csv.COLUMNS)
def test_shipments_row_with_a_wrong_value_names_its_column(fitted: Desk, tmp_path: Path, column: str) -> None:
    named = {one.name: one for one in shipping_parameters.PARCEL}
    parameter = named.get(column) or Parameter(column, column, FILE_KINDS[column])
    line = 10
    for text in texts_of(parameter):
        cells = {"order": str(number(9)), "tracking": "1Z999AA10123456793", "carrier": "UPS"}
        cells |= {column: f"{line}={text}" if column == "identifiers" else text}
        path = tmp_path / "parcels.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv_writer.write_csv(file, [list(cells), list(cells.values())])
        (row,) = shipments_csv.preview(fitted, path).rows
        assert not row.good, text
        assert row.field == column, (text, row.problem)


RETURN_KINDS = {
    "order_id": Kind.NUMBER, "line_id": Kind.NUMBER, "quantity": Kind.NUMBER, "description": Kind.NOTE,
    "sku": None, "reason": None,
}  # fmt: skip
"""Kinds of the columns of a returns file; None for SKU and reason, which are looked up as any text."""


@pytest.mark.parametrize("column", csv_import.COLUMNS)
def test_returns_row_with_a_wrong_value_names_its_column(fitted: Desk, tmp_path: Path, column: str) -> None:
    kind = RETURN_KINDS[column]
    parameter = Parameter(column, column, kind, longest=2000) if kind else None
    for text in texts_of(parameter) if parameter else ("no such one",):
        cells = {"order_id": str(number(26)), "line_id": "27", "reason": "no_longer_needed"} | {column: text}
        path = tmp_path / "returns.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv_writer.write_csv(file, [list(cells), list(cells.values())])
        (error, *_) = csv_import.preview(fitted, str(path)).errors
        assert error.row == 2
        assert error.column == column, (text, error)


FILES: dict[str, tuple[Callable[[Desk, str], Sequence[str]], dict[str, str], str]] = {
    "shipments": (
        lambda desk, path: shipments_csv.preview(desk, path).understood,
        {"Order-ID": str(number(9)), "carrier": "UPS", "Tracking Number": "1Z999AA10123456793"},
        "order ('Order-ID'), carrier, tracking ('Tracking Number')",
    ),
    "returns": (
        lambda desk, path: csv_import.preview(desk, path).notes,
        {"order_id": str(number(26)), "Reason": "no_longer_needed"},
        "order_id, reason",
    ),
    "costs": (
        lambda desk, path: costs.preview(desk, path, stock=True).notes,
        {"sku": "PHN-A10", "Purchase Price": "100,50", "currency": "EUR"},
        "sku, cost ('Purchase Price'), currency",
    ),
    "statements": (
        lambda desk, path: statement_import.preview(desk, path)[0].remarks,
        {"invoice_key": "S1", "value_date": "2026-11-20", "SKU": "PHN-A10", "order_id": "", "designation": "fee",
         "amount": "-1.00", "currency": "EUR"},
        "invoice_key, value_date, sku, order_id, designation, amount, currency",
    ),
}  # fmt: skip
"""Previews of the files that are imported, with a valid row and the columns that an error lists."""


@pytest.mark.parametrize("name", FILES)
def test_import_preview_shows_the_recognised_columns_and_rows(fitted: Desk, tmp_path: Path, name: str) -> None:
    preview, cells, columns = FILES[name]
    path = tmp_path / "file.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv_writer.write_csv(file, [list(cells), list(cells.values())])
    said, row = preview(fitted, str(path))[-2:]
    assert said == f"1 row with the columns {columns}."
    assert row.startswith("Row 2: ")
    assert all(text in row for text in cells.values())


@pytest.mark.parametrize("text", NO_VALUE[Kind.NUMBER])
def test_a_list_of_orders_is_refused_with_the_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "orders.txt"
    path.write_text(f"# these\n{number(2)}\n{text}\n", encoding="utf-8")
    with pytest.raises(BmtuiError, match=r"orders\.txt, line 3: "):
        orders_named(argparse.Namespace(orders=[], file=str(path)), bare=True)


# Filters and settings

FILTERS = {"total": Kind.AMOUNT, "refundable": Kind.AMOUNT, "created": Kind.DAY, "id": Kind.NUMBER}


@pytest.mark.parametrize("key", FILTERS)
def test_filter_with_a_wrong_value_is_refused(fitted: Desk, key: str) -> None:
    for text in NO_VALUE[FILTERS[key]]:
        quoted = f'"{text}"' if " " in text else text
        with pytest.raises(BmtuiError):
            search.page(fitted, f"{key}:{quoted}")


SETTINGS = [
    *((company_fields.FIELDS, one) for one in company_fields.FIELDS),
    *((invoice_fields.FIELDS, one) for one in invoice_fields.FIELDS),
    *((account_settings.FIELDS, one) for one in account_settings.FIELDS),
]


def change(desk: Desk, fields: tuple[Parameter, ...], changes: dict[str, str]) -> None:
    """Change settings of a company, of its invoices or of its bookkeeping."""
    if fields is company_fields.FIELDS:
        companies.change(desk, None, changes)
    elif fields is invoice_fields.FIELDS:
        invoice_settings.change(desk, None, "", changes)
    else:
        account_settings.change(desk, changes)


def test_invalid_setting_is_refused_by_name_in_commands_and_files(fitted: Desk) -> None:
    text_of_company = company_toml.export(fitted, ["Shop"])
    for fields, one in SETTINGS:
        for text in NO_VALUE.get(one.kind, ()):
            with pytest.raises(BmtuiError) as caught:
                change(fitted, fields, {one.name: text})
            assert caught.value.field == one.name, text
            if fields is company_fields.FIELDS:
                lines = [line for line in text_of_company.splitlines() if not line.startswith(f"{one.name} =")]
                with pytest.raises(BmtuiError):
                    company_toml.plan(fitted, "\n".join([*lines, f"{one.name} = '{text}'"]), "shop.toml")


# The house

HAND_MADE = {
    "tui/dialogs/form.py": "makes them",
    "tui/dialogs/note.py": "makes the one of a single text",
    "tui/dialogs/pick.py": "finds one of a list",
    "tui/dialogs/palette.py": "finds an action",
    "tui/dialogs/help.py": "finds an action",
    "tui/dialogs/path.py": "names a file, and completes its name",
    "tui/orders/screen.py": "the query",
    "tui/shipping/scan_screen.py": "takes codes of any kind",
    "tui/refunds/dialog.py": "amounts stand in columns",
    "tui/sync/download_dialog.py": "the company, which every command has as --company",
    "tui/overview/papers_dialog.py": "the paper, which is the name of the command",
    "tui/after_sales/reply_dialog.py": "a text of many lines beside templates",
    "tui/acceptance/acts.py": "a field for each SKU of the order",
}
"""Modules with fields that no parameter describes, and the use of these fields."""


def test_fields_of_dialogs_are_made_of_parameters() -> None:
    found = set()
    for path in sorted((PACKAGE / "tui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Ask", "Entry",
                    "Choice", "QueryEntry", "AmountEntry"):  # fmt: skip
                found.add(path.relative_to(PACKAGE).as_posix())
    assert found == set(HAND_MADE)
