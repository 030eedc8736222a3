"""Runs `bmtui` as a person or a script does: in a new process, without a terminal."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warm_process import WarmProcess

_WARM = WarmProcess()
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
    """One installation."""

    home: Path

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        return {**kept, "BMTUI_HOME": str(self.home), "COLUMNS": "100", **more}

    def __call__(self, *words: str, **environment: str) -> Ran:
        ran = Ran(*_WARM.run(words, self.environment(**environment)))
        assert "Traceback" not in ran.err, ran.err
        return ran

    def ok(self, *words: str) -> Ran:
        """Run what must succeed."""
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
