"""TLS keys of connections: never written to a file, even when the environment asks for it."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from bmtui.channel import transport


def test_tls_keys_are_not_logged_even_if_the_environment_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(file))
    # What the standard way would do, so that this test can fail.
    assert ssl.create_default_context().keylog_filename == str(file)
    file.unlink()
    transport._tls.cache_clear()
    context = transport._tls()
    assert context.keylog_filename is None
    assert not file.exists()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.cert_store_stats()["x509_ca"] > 50
    transport._tls.cache_clear()
