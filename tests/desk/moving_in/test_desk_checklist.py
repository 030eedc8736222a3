"""Checklist of moving in: which companies still lack something, and what an import left out."""

from __future__ import annotations

import pytest
from helpers import COMPANY, add_company, raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.moving_in import checklist
from bmtui.desk.moving_in.checklist import Step
from bmtui.errors import ConfigError


def step(desk: Desk, key: str) -> Step:
    return next(one for one in checklist.steps(desk) if one.key == key)


def test_checklist_names_the_companies_whose_orders_were_not_read(offline: Desk) -> None:
    add_company(offline, "Other")
    take_in(offline, raw_order(1, [raw_line(11)]))
    left = step(offline, "orders")
    assert (left.done, left.found) == (False, "The orders of Other were not read yet.")
    done = step(offline.of_company(COMPANY), "orders")
    assert (done.done, done.found, done.next) == (True, "1 here.", "")


def test_checklist_without_a_company_has_no_orders(desk: Desk) -> None:
    assert not step(desk, "orders").done


def test_steps_that_do_not_concern_a_seller_are_left_out_by_their_keys(offline: Desk) -> None:
    keys = [one.key for one in checklist.steps(offline)]
    assert [one.key for one in checklist.steps(offline, ["orders"])] == [key for key in keys if key != "orders"]
    with pytest.raises(ConfigError, match="no step 'order'"):
        checklist.steps(offline, ["order"])
