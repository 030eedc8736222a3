"""`bmtui help schema`: a schema for every event, view and command. `CommandLine` checks output against it."""

from __future__ import annotations

import json

import json_shapes
import pytest
from command_line import CommandLine
from json_schema import wrong

from bmtui.cli import json_schemas
from bmtui.cli.parser import whole_parser
from bmtui.desk.events import catalogue
from bmtui.errors import NotFound


def test_every_event_has_a_schema() -> None:
    assert set(catalogue.BY_NAME) < set(json_schemas.names())
    for name in json_schemas.views().keys() | catalogue.BY_NAME.keys():
        schema = json_schemas.schema(name)
        assert (schema["title"], schema["type"]) == (name, "object")
        assert set(schema["required"]) <= set(schema["properties"])
        json.dumps(schema)
    with pytest.raises(NotFound, match="no schema 'none'"):
        json_schemas.schema("none")


def test_every_command_with_json_has_a_schema() -> None:
    commands = {"_".join(words).replace("-", "_") for words in json_shapes.commands(whole_parser())}
    assert commands == set(json_schemas._shapes())
    assert len(json_schemas.names()) == len(set(json_schemas.names()))
    for name in commands:
        schema = json_schemas.schema(name)
        assert schema["title"] == name
        assert {"type", "anyOf"} & set(schema), name
        assert "$ref" not in json.dumps(schema)


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (("views", "delete", "x"), '{"name": "x", "deleted": true, "more": 1}'),
        (("views", "delete", "x"), '{"name": "x"}'),
        (("--company", "Shop", "views", "delete", "x"), '{"name": null, "deleted": true}'),
        (("orders", "search"), '[{"order_id": 1}]'),
        (("orders", "tag", "1"), "7"),
    ],
)
def test_output_that_does_not_fit_its_schema_fails_its_test(words: tuple[str, ...], printed: str) -> None:
    json_shapes.check(("views", "delete", "x"), '{"name": "x", "deleted": true}')
    with pytest.raises(AssertionError, match="does not fit"):
        json_shapes.check(words, printed)


def test_shape_proposed_for_new_output_fits_it(stocked_bmtui: CommandLine) -> None:
    printed = stocked_bmtui.ok("views", "list", "--json").json
    assert list(wrong(printed, json_schemas.resolved(json_shapes.shape_of(printed)))) == []
    orders = [row | {"result": "new"} for row in stocked_bmtui.ok("orders", "search", "--json").json]
    beside = {"properties": {"result": {"type": "string"}}, "required": ["result"]}
    assert json_shapes.shape_of(orders) == {"type": "array", "items": {"$ref": "order_row", **beside}}


def test_schema_of_a_command_is_found_by_its_words(bmtui: CommandLine) -> None:
    schema = json.loads(bmtui.ok("help", "schema", "orders_refund").out)
    order = json.loads(bmtui.ok("help", "schema", "order").out)
    assert json.loads(bmtui.ok("help", "schema", "orders", "refund").out) == schema
    assert {"type": "object", **{name: order[name] for name in ("properties", "required")}} in schema["anyOf"]
    assert {"order.late", "order", "orders_cancel_many", "moving_in"} < set(bmtui.ok("help", "schema").out.split())
    none = bmtui("help", "schema", "orders_refnd")
    assert none.code == 4
    assert "orders_refund," in none.err
