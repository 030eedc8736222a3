"""Errors as exit codes, by class and by the name that a job or a bulk result keeps."""

from __future__ import annotations

import pytest

from bmtui.cli import exit_codes
from bmtui.errors import BmtuiError, NotReachable, RuleRefused, by_name
from bmtui.invoices.plugins import PluginFailed
from bmtui.store.query import QueryError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RuleRefused, exit_codes.REFUSED_BY_RULE),
        (PluginFailed, exit_codes.REFUSED_BY_RULE),
        (QueryError, exit_codes.USAGE),
        (NotReachable, exit_codes.CHANNEL),
        (BmtuiError, exit_codes.FAILED),
    ],
)
def test_name_of_an_error_means_the_exit_code_of_its_class(error: type[BmtuiError], code: int) -> None:
    assert exit_codes.code_of(by_name(error.__name__)) == exit_codes.code_of(error) == code


def test_unknown_name_of_an_error_means_failed() -> None:
    assert exit_codes.code_of(by_name("FromANewerRelease")) == exit_codes.FAILED
