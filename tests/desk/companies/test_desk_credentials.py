"""Sources of tokens: a systemd credential, a private file, the environment; each is checked and read at each use."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from helpers import COMPANY, connect, download, of_marketplace, work

from bmtui.desk.companies import channel_access, companies, credentials, sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.operations import doctor
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.sync import download as downloads
from bmtui.errors import ConfigError, RuleRefused
from bmtui.queue.liveness import WorkerLock
from bmtui.sandbox.server import SandboxServer
from bmtui.workers import run_worker


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty folder of systemd credentials."""
    folder = tmp_path / "credentials.d"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def place(file: Path, text: str, mode: int = 0o400) -> None:
    file.unlink(missing_ok=True)
    file.write_text(text)
    file.chmod(mode)


def token(desk: Desk) -> str:
    return channel_access.connection(desk, desk.company_row()).token


def test_a_credential_comes_before_the_file_and_is_read_afresh(offline: Desk, given: Path) -> None:
    assert token(offline) == "a-token"
    place(given / "company-1.token", "from-systemd\n")
    assert token(offline) == "from-systemd"
    place(given / "company-1.token", "rotated")
    assert token(offline) == "rotated"
    (given / "company-1.token").unlink()
    assert token(offline) == "a-token"


def test_a_credential_can_be_named(offline: Desk, given: Path) -> None:
    companies.change(offline, None, {"token_source": "credential:shop.token"})
    with pytest.raises(ConfigError, match="LoadCredential=shop"):
        token(offline)
    place(given / "shop.token", "from-systemd")
    assert token(offline) == "from-systemd"


def test_a_named_credential_needs_a_service(offline: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    companies.change(offline, None, {"token_source": "credential:shop.token"})
    with pytest.raises(ConfigError, match="this process has no credentials"):
        token(offline)


@pytest.mark.parametrize("how", ["world", "writable", "symlink", "folder"])
def test_a_credential_that_others_could_have_touched_is_not_used(offline: Desk, given: Path, how: str) -> None:
    file = given / "company-1.token"
    place(file, "from-systemd")
    if how == "world":
        file.chmod(0o404)
    elif how == "writable":
        file.chmod(0o420)
    elif how == "symlink":
        file.rename(given / "real")
        file.symlink_to(given / "real")
    else:
        file.unlink()
        file.mkdir()
    with pytest.raises(ConfigError, match=r"not a plain file|cannot be read"):
        token(offline)


def test_credential_readable_by_the_group_of_systemd_is_accepted(offline: Desk, given: Path) -> None:
    place(given / "company-1.token", "from-systemd", 0o440)
    assert token(offline) == "from-systemd"


def test_a_folder_that_others_can_write_to_is_not_trusted(offline: Desk) -> None:
    offline.settings.credentials.chmod(0o777)
    with pytest.raises(ConfigError, match="chmod 700"):
        token(offline)


def test_a_folder_of_another_account_is_not_trusted(offline: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    there = offline.settings.credentials.stat().st_uid
    monkeypatch.setattr(os, "getuid", lambda: there + 1)
    if there:
        with pytest.raises(ConfigError, match="belongs to another account"):
            token(offline)
    else:
        with pytest.raises(ConfigError, match="not a plain file"):
            token(offline)


@pytest.mark.parametrize("source", ["file2", "env:", "env:two words", "credential:../x", "credential:", "secret-token"])
def test_unknown_token_source_is_refused(source: str) -> None:
    with pytest.raises(ConfigError):
        credentials.source(source)


# A token that the service alone has


def test_job_that_needs_a_credential_is_queued_until_a_worker_with_it_runs(
    shop: Desk, marketplace: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plan and wait as an operator without credentials; a worker with credentials sends."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    connect(shop, marketplace, "Other")
    companies.change(shop, COMPANY, {"token_source": "credential:shop.token"})
    theirs, ours = (downloads.start(shop, name, "2000-01-01", max_failures=3) for name in (COMPANY, "Other"))
    work(shop)
    assert jobs.show(shop, ours).status == "completed"
    assert jobs.show(shop, theirs).status == "submitted"
    assert "no worker runs" in jobs.left_to_service(shop, [theirs])
    assert jobs.left_to_service(shop, [ours]) == ""
    lock = WorkerLock(shop.store)
    assert "whose worker does this" in jobs.left_to_service(shop, [theirs])
    lock.release()
    (finding,) = (one for one in asyncio.run(doctor.examine(shop)) if one.topic == f"company {COMPANY}")
    assert finding.ok
    assert "Only the service has its token" in finding.message

    folder = tmp_path / "credentials.d"
    folder.mkdir(mode=0o700)
    place(folder / "shop.token", marketplace.token)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert jobs.left_to_service(shop, [theirs]) == ""
    work(shop)
    assert jobs.show(shop, theirs).status == "completed"
    assert companies.show(shop, COMPANY).orders > 100


def test_refund_without_the_token_is_planned_unless_the_company_is_disabled(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plan a refund without the token; a disabled company is refused all the same."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    download(shop)
    companies.change(shop, None, {"token_source": "credential:shop.token"})
    order_id = of_marketplace(marketplace, 3)["order_id"]
    assert refunds.issue(shop, order_id, RefundRequest()).job_id is not None
    companies.change(shop, None, {"enabled": "false"})
    with pytest.raises(RuleRefused, match="not enabled"):
        downloads.start(shop, None, "2000-01-01", max_failures=3)


def test_service_started_with_a_new_token_releases_the_waiting_jobs(
    shop: Desk, marketplace: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "credentials.d"
    folder.mkdir(mode=0o700)
    place(folder / "shop.token", "revoked")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    download(shop)
    companies.change(shop, None, {"token_source": "credential:shop.token"})
    issued = refunds.issue(shop, of_marketplace(marketplace, 3)["order_id"], RefundRequest())
    assert issued.job_id is not None
    work(shop)
    assert [pause.cause for pause in sending_pauses.standing(shop)] == [sending_pauses.TOKEN]

    job_id = issued.job_id

    async def start() -> None:
        stop = asyncio.Event()
        worker = asyncio.create_task(run_worker(shop, stop=stop))
        async with asyncio.timeout(20):
            while (await shop.read(jobs.show, job_id)).status != "completed":  # noqa: ASYNC110 - the store's
                await asyncio.sleep(0.01)
        stop.set()
        await worker

    place(folder / "shop.token", marketplace.token)
    asyncio.run(start())
    assert sending_pauses.standing(shop) == ()
