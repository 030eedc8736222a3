"""Faults that no test can notice, as they change nothing that anybody relies on."""

from __future__ import annotations

from collections.abc import Mapping

EQUIVALENT: Mapping[tuple[str, str, str], str] = {}
"""Reasons, by file, function and description of the fault."""
