"""Log file `bmtui.log`: rotated, readable by its owner only, as lines or as JSON; without tokens and customer data."""

from __future__ import annotations

import json
import logging
import os
import time
from logging.handlers import RotatingFileHandler

from bmtui.settings import Settings

log = logging.getLogger("bmtui")


def begin(found: Settings) -> None:
    """Log to the state folder; where it cannot be written, records are dropped rather than shown."""
    log.propagate = False
    log.handlers.clear()
    values = found.values
    try:
        found.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        _private(found.log_file.as_posix())
        handler: logging.Handler = _Rotated(
            found.log_file,
            maxBytes=values["log_megabytes"] * 1_000_000,
            backupCount=values["log_files"],
            encoding="utf-8",
            delay=True,
        )
    except OSError:
        handler = logging.NullHandler()
    plain = logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    handler.setFormatter(_Json() if values["log_format"] == "json" else plain)
    log.setLevel(values["log_level"].upper())
    log.addHandler(handler)


class _Rotated(RotatingFileHandler):
    """Rotating log file; new files are as private as the first one, and a full disk costs log lines, nothing else."""

    def _open(self):  # type: ignore[no-untyped-def]
        _private(self.baseFilename)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:
        """Print nothing: the text could tear a screen, and holds the record's values."""


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        entry = {
            "at": f"{at}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        return json.dumps(entry, ensure_ascii=False)


def _private(path: str) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
