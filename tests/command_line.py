"""Runs `bmtui` as a person or a script does: in a new process, without a terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import json_shapes
from warm_process import WarmProcess

_WARM = WarmProcess()
_OF_THE_START = {"LANG", "LC_ALL", "PYTHONIOENCODING", "PYTHONPATH", "PYTHONUTF8"}
"""Environment variables that Python reads when it starts: a command that sets one runs in a new process."""
COMMAND = (sys.executable, "-X", "dev", "-W", "error", "-m", "bmtui")


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class CommandLine:
    """Command line on the installation at `home`."""

    home: Path

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        return {**kept, "BMTUI_HOME": str(self.home), "COLUMNS": "100", **more}

    def __call__(self, *words: str, **environment: str) -> Ran:
        given = self.environment(**environment)
        ran = self._started(words, given) if _OF_THE_START & set(environment) else Ran(*_WARM.run(words, given))
        assert "Traceback" not in ran.err, ran.err
        if "--json" in words and ran.out.strip():
            json_shapes.check(words, ran.out)
        return ran

    def _started(self, words: tuple[str, ...], environment: dict[str, str]) -> Ran:
        nothing = subprocess.DEVNULL
        done = subprocess.run(
            [*COMMAND, *words], env=environment, stdin=nothing, capture_output=True, text=True, timeout=120, check=False
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def ok(self, *words: str) -> Ran:
        """Run a command that must succeed; return what it printed."""
        ran = self(*words)
        assert ran.code == 0, (words, ran)
        return ran

    def add_company(self, url: str, token: str, name: str = "Shop") -> Ran:
        file = self.home.parent / "token"
        file.write_text(token + "\n")
        return self.ok(
            *("company", "add", name, "--platform", "eu", "--url", url, "--token-file", str(file)),
            *("--contact", "orders@shop.example"),
        )
