"""`bmtui help schema`: a schema for every event and every printed view, and output that fits its schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from command_line import CommandLine
from json_schema import wrong

from bmtui.cli import json_schemas
from bmtui.desk.events import catalogue
from bmtui.errors import NotFound


def test_every_event_has_a_schema() -> None:
    assert set(catalogue.BY_NAME) < set(json_schemas.names())
    for name in json_schemas.names():
        schema = json_schemas.schema(name)
        assert (schema["title"], schema["type"]) == (name, "object")
        assert set(schema["required"]) <= set(schema["properties"])
        json.dumps(schema)
    with pytest.raises(NotFound, match="no schema 'none'"):
        json_schemas.schema("none")


def test_output_of_commands_fits_its_schema(stocked_bmtui: CommandLine) -> None:
    bmtui = stocked_bmtui
    rows = bmtui.ok("orders", "search", "--json").json
    bmtui.ok("orders", "tag", str(rows[0]["order_id"]), "--add", "vip")
    printed: dict[str, list[Any]] = {
        "order_row": rows,
        "order": [bmtui.ok("orders", "show", str(row["order_id"]), "--json").json for row in rows[:3]],
        "job": bmtui.ok("jobs", "list", "--json").json,
        "event": bmtui.ok("notify", "events", "--json").json,
        "rule": bmtui.ok("rules", "list", "--json").json,
        "audit": bmtui.ok("audit", "list", "--json").json,
        "company": bmtui.ok("company", "list", "--json").json,
        "figures": [bmtui.ok("money", "figures", "--json").json],
        "fees": [bmtui.ok("money", "fees", "--json").json],
    }
    for name, documents in printed.items():
        schema = json.loads(bmtui.ok("help", "schema", name).out)
        assert documents, name
        for document in documents:
            assert list(wrong(document, schema, extra=True)) == []
    assert "order.late" in bmtui.ok("help", "schema").out.split()
    assert bmtui("help", "schema", "none").code == 4
