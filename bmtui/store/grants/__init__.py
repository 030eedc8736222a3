"""SQL that makes PostgreSQL enforce roles, limits and the audit, and the mark that it leaves in the database."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib import resources

MARK = "SELECT obj_description(to_regprocedure('bmtui_is_trusted()'), 'pg_proc')"
"""Query of the mark in the database; null without grants, or with those of a release that left none."""
AGAIN = "bmtui store grants | psql --set ON_ERROR_STOP=1 DATABASE"
"""Command for the owner of the database; psql would go on after an error, and leave the mark all the same."""


@cache
def sql() -> str:
    """Return the grants of this release. Their last statement leaves the mark, once all others were carried out."""
    return f"{_text()}COMMENT ON FUNCTION bmtui_is_trusted() IS '{mark()}';\n"


@cache
def mark() -> str:
    """Return the mark of the grants of this release: other grants have another one."""
    return f"bmtui grants {sha256(_text().encode()).hexdigest()[:16]}"


def _text() -> str:
    return resources.files(__name__).joinpath("grants.sql").read_text(encoding="utf-8")
