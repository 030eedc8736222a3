"""Companies: settings, tokens, and the refusal to use an account twice at once."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest
from helpers import COMPANY, NOWHERE, add_company, dump, token_of

from bmtui.desk.companies import adding, channel_access, companies, credentials, shadow
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import CompanyView
from bmtui.desk.sync import download as downloads
from bmtui.errors import ConfigError, EditConflict, NotFound, RuleRefused, Throttled, Unauthorised
from bmtui.queue import limits
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Audit, Company, RateLimit

SECRET = "tok-5ecret-0f-the-shop"


def token_file(desk: Desk) -> Path:
    (file,) = desk.settings.credentials.iterdir()
    return file


def set_(desk: Desk, version: int | None = None, **changes: str) -> CompanyView:
    return companies.change(desk, None, changes, version)


@pytest.mark.parametrize("in_shadow", [True, False])
def test_company_is_added_in_shadow_if_wanted(desk: Desk, in_shadow: bool) -> None:
    added = adding.add(
        desk, "New", in_shadow=in_shadow, platform="eu", contact="orders@shop.example", token=token_of("New")
    )
    assert shadow.is_on(Company.get(Company.name == added.name).id) is in_shadow


def test_company_without_some_settings_gets_the_defaults_of_its_platform(desk: Desk) -> None:
    view = companies.add(desk, "Shop", platform="ap", contact="a@b.example", token=SECRET)
    assert (view.url, view.market, view.time_zone) == ("https://www.backmarket.co.jp", "ja-jp", "Asia/Tokyo")
    assert (view.enabled, view.integration, view.user_agent_company) == (True, "api", "Shop")
    assert (view.allow_order_download, view.allow_fulfillment_upload, view.enable_imei_update) == (True, True, True)
    assert (view.version, view.orders, view.token_source) == (1, 0, "file")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"platform": "moon"}, "no platform 'moon'"),
        ({"contact": "nobody"}, "not a mail address"),
        ({"token": ""}, "exactly one token"),
        ({"token_env": "BM_TOKEN"}, "exactly one token"),
        ({"token": "two words"}, "token"),
        ({"url": "http://backmarket.fr"}, "unencrypted"),
        ({"url": "https://joe:pw@backmarket.fr"}, "base URL"),
        ({"market": "France"}, "not a market"),
        ({"time_zone": "Mars/Olympus"}, "no time zone"),
        ({"time_zone": "../../etc/passwd"}, "no time zone"),
        ({"time_zone": ""}, "time zone is missing"),
        ({"enabled": "perhaps"}, "neither true nor false"),
        ({"integration": "soap"}, "no value of Integration"),
        ({"user_agent_company": "株式会社"}, "Latin"),
        ({"colour": "red"}, "no setting 'colour'"),
    ],
)
def test_company_with_a_wrong_setting_is_refused_and_not_stored(desk: Desk, wrong: dict[str, str], said: str) -> None:
    given = {"name": "Shop", "platform": "eu", "contact": "a@b.example", "token": SECRET, **wrong}
    name = given.pop("name")
    with pytest.raises(ConfigError, match=said) as caught:
        companies.add(desk, name, **given)
    assert SECRET not in str(caught.value)
    assert not Company.select().exists()
    assert not desk.settings.credentials.exists()


def test_company_name_is_unique_and_found_in_any_case(offline: Desk) -> None:
    with pytest.raises(RuleRefused, match="already"):
        add_company(offline, COMPANY.upper())
    assert companies.show(offline, COMPANY.lower()).name == COMPANY
    with pytest.raises(NotFound):
        companies.show(offline, "Other")


def test_company_change_is_all_or_nothing_and_audited_with_the_old_values(offline: Desk) -> None:
    with pytest.raises(ConfigError):
        set_(offline, allow_order_download="false", time_zone="Mars/Olympus")
    assert companies.show(offline).allow_order_download
    view = set_(offline, allow_order_download="no", time_zone="Europe/Berlin", contact="orders@shop.example")
    assert (view.allow_order_download, view.time_zone, view.version) == (False, "Europe/Berlin", 2)
    row = Audit.select().order_by(Audit.id.desc()).get()
    assert row.before == {"allow_order_download": True, "time_zone": "Europe/Paris"}
    assert row.after == {"allow_order_download": False, "time_zone": "Europe/Berlin"}


def test_change_to_the_same_values_is_not_stored(offline: Desk) -> None:
    before = dump(offline)
    assert set_(offline, allow_order_download="true", url=NOWHERE + "/").version == 1
    assert dump(offline) == before


def test_settings_saved_first_by_another_person_are_not_overwritten(offline: Desk) -> None:
    set_(offline, version=1, market="de-de")
    with pytest.raises(EditConflict, match="Somebody else"):
        set_(offline, version=1, market="es-es")
    assert companies.show(offline).market == "de-de"
    assert set_(offline, version=2, market="es-es").market == "es-es"


def test_two_integrations_on_one_account_are_refused_in_any_order(offline: Desk) -> None:
    with pytest.raises(RuleRefused, match="twice"):
        add_company(offline, "Old", integration="legacy")
    add_company(offline, "Old", integration="legacy", enabled="false")
    with pytest.raises(RuleRefused, match="twice"):
        companies.change(offline, "Old", {"enabled": "true"})
    with pytest.raises(RuleRefused, match="twice"):
        companies.change(offline, COMPANY, {"integration": "legacy", "enabled": "true"}) and companies.change(
            offline, "Old", {"enabled": "true", "integration": "api"}
        )
    companies.change(offline, COMPANY, {"integration": "api", "enabled": "false"})
    companies.change(offline, "Old", {"enabled": "true"})
    with pytest.raises(RuleRefused, match="twice"):
        companies.change(offline, COMPANY, {"enabled": "true"})


def test_download_for_a_disabled_or_legacy_company_is_refused(offline: Desk) -> None:
    set_(offline, enabled="false")
    with pytest.raises(RuleRefused, match="not enabled"):
        downloads.start(offline, None, "7d")
    set_(offline, enabled="true", integration="legacy")
    with pytest.raises(RuleRefused, match="Legacy"):
        downloads.start(offline, None, "7d")


def test_read_only_desk_changes_no_company(offline: Desk) -> None:
    from dataclasses import replace

    looking = replace(offline, read_only=True)
    before = dump(offline)
    with pytest.raises(RuleRefused, match="read-only"):
        add_company(looking, "Other")
    with pytest.raises(RuleRefused, match="read-only"):
        set_(looking, market="de-de")
    assert dump(offline) == before


# Tokens


def test_the_token_is_in_a_private_file_and_nowhere_else(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    add_company(desk, token=SECRET)
    set_(desk, token=SECRET + "-2")
    file = token_file(desk)
    assert file.read_text() == SECRET + "-2\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(desk.settings.credentials.stat().st_mode) == 0o700
    if desk.store.database.kind == "sqlite":
        desk.store.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    for path in desk.settings.data.iterdir():
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path
    how = channel_access.connection(desk, Company.get())
    assert how.token == SECRET + "-2"
    assert SECRET not in f"{how!r} {desk!r} {companies.show(desk)!r} {dump(desk)} {caplog.text}"
    assert Audit.select().order_by(Audit.id.desc()).get().after == {"token": "changed"}


def test_a_token_in_the_environment_is_read_at_each_use(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    companies.add(desk, "Shop", platform="eu", contact="a@b.example", token_env="BM_TOKEN_OF_TEST")
    with pytest.raises(ConfigError, match="BM_TOKEN_OF_TEST"):
        channel_access.connection(desk, Company.get())
    for value in (SECRET, SECRET + "2"):
        monkeypatch.setenv("BM_TOKEN_OF_TEST", value + "\n")
        assert channel_access.connection(desk, Company.get()).token == value
    assert SECRET not in str(dump(desk))
    assert not desk.settings.credentials.exists()


def test_a_company_has_one_token(offline: Desk) -> None:
    with pytest.raises(ConfigError, match="one token"):
        set_(offline, token=SECRET, token_env="X")
    assert companies.show(offline).token_source == "file"
    assert SECRET not in token_file(offline).read_text()


@pytest.mark.parametrize("how", ["readable", "link", "gone", "folder", "pipe", "empty", "binary"])
def test_a_token_file_that_others_could_have_touched_is_not_used(offline: Desk, how: str, tmp_path: Path) -> None:
    file = token_file(offline)
    if how == "readable":
        file.chmod(0o640)
    elif how == "link":
        file.replace(tmp_path / "elsewhere")
        file.symlink_to(tmp_path / "elsewhere")
    elif how == "binary":
        file.write_bytes(b"\xff\xfe")
    elif how == "empty":
        file.write_text("\n")
    else:
        file.unlink()
        if how == "folder":
            file.mkdir(mode=0o700)
        elif how == "pipe":
            os.mkfifo(file, 0o600)
    with pytest.raises(ConfigError) as caught:
        channel_access.connection(offline, Company.get())
    assert caught.value.advice


def test_token_read_during_a_change_is_the_old_or_the_new_one(offline: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    row = Company.get()
    seen = []
    replace = Path.replace

    def look_first(self: Path, target: Path) -> Path:
        seen.append(credentials.read(offline.settings, row.id, "file"))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", look_first)
    credentials.store(offline.settings, row.id, "new")
    assert [*seen, credentials.read(offline.settings, row.id, "file")] == ["a-token", "new"]
    assert len(os.listdir(offline.settings.credentials)) == 1


async def test_company_settings_are_tested_by_one_call(shop: Desk, marketplace: SandboxServer) -> None:
    said = await channel_access.check(shop)
    assert "accepts the token" in said
    assert "BM-Shop-bmtui;orders@shop.example" in said
    set_(shop, token="wrong")
    with pytest.raises(Unauthorised) as caught:
        await channel_access.check(shop)
    assert "wrong" not in str(caught.value)


def test_command_without_a_company_is_refused_when_there_are_several(offline: Desk) -> None:
    assert offline.company_row().name == COMPANY
    add_company(offline, "Other", time_zone="Asia/Tokyo")
    with pytest.raises(RuleRefused, match="several"):
        offline.company_row()
    assert offline.of_company("other").company == "Other"
    assert str(offline.zone("Other")) == "Asia/Tokyo"
    assert str(offline.zone()) == "UTC"
    with pytest.raises(NotFound):
        offline.of_company("nobody")


def test_testing_the_settings_counts_under_the_shared_limit_and_keeps_a_hold(shop: Desk) -> None:
    url = companies.show(shop).url
    asyncio.run(channel_access.check(shop))
    assert RateLimit.get_by_id(url).theoretical_arrival > 0
    limits.hold(shop.store, url, 60, "Too fast.")
    with pytest.raises(Throttled, match="Everybody stays away"):
        asyncio.run(channel_access.check(shop))
