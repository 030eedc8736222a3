"""Plugins: the example works, and errors in a plugin are reported with its name."""

from __future__ import annotations

import shutil
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from documents import assets, document, text_of

from bmtui.invoices import plugins, rendering
from bmtui.invoices.model import Preference
from bmtui.invoices.plugins import PluginFailed
from bmtui.invoices.rendering import Way

EXAMPLE = Path(__file__).parent / "example_plugin"
Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Function that makes a plugin of a name and code, as if it was installed."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def installed(name: str, code: str) -> None:
        (tmp_path / f"plugin_{name}.py").write_text(code)
        info = tmp_path / f"plugin_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: plugin-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{plugins.GROUP}]\n{name} = plugin_{name}:render\n")
        monkeypatch.delitem(sys.modules, f"plugin_{name}", raising=False)

    return installed


def test_example_plugin_makes_a_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(EXAMPLE / "invoice_example.py", tmp_path)
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    info = tmp_path / "example-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    (group, points), *others = project["entry-points"].items()
    assert (group, others) == (plugins.GROUP, [])
    lines = "".join(f"{name} = {value}\n" for name, value in points.items())
    (info / "entry_points.txt").write_text(f"[{group}]\n{lines}")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert plugins.names() == ("example",)
    way = Way(Preference.PLUGIN, plugin="example")
    rendered = rendering.render(document("fr-fr"), assets("fr-fr"), way)
    assert "Facture FR-2026-00042" in text_of(rendered.pdf)
    assert rendered.way == way


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def render(document, words, logo):\n    raise KeyError('lines')", "raised KeyError"),
        ("def render(document, words, logo):\n    return 'text'", "did not return the bytes of a PDF"),
        ("def render(document, words, logo):\n    return b'text'", "did not return the bytes of a PDF"),
        ("def render():\n    return b'%PDF-'", "raised TypeError"),
        ("import nothing_of_that_name", "raised ModuleNotFoundError"),
        ("other = 1", "raised AttributeError"),
    ],
)
def test_error_of_a_plugin_names_the_plugin(install: Install, code: str, said: str) -> None:
    install("acme", code)
    with pytest.raises(PluginFailed, match=said) as caught:
        rendering.check(document(), assets("fr-fr"), Way(Preference.PLUGIN, plugin="acme"))
    assert "'acme'" in caught.value.message
    assert "plugin_acme" in caught.value.message


def test_missing_plugin_names_the_installed_ones(install: Install) -> None:
    install("acme", "def render(document, words, logo):\n    return b'%PDF-'")
    with pytest.raises(PluginFailed) as caught:
        plugins.render("other", document(), {}, b"")
    assert "'other'" in caught.value.message
    assert "acme" in caught.value.advice
