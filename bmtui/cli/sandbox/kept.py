"""File of a practice marketplace that is kept from one day to the next, with all that was done to it."""

import io
import os
import pickle
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from bmtui import plain_file
from bmtui.sandbox.marketplace import Marketplace

#: Types of a kept marketplace besides its own classes. Nothing else is loaded from the file.
_PLAIN: Final = {
    "builtins": {"set", "frozenset", "bytearray", "complex", "range", "slice"},
    "collections": {"Counter", "OrderedDict", "defaultdict", "deque"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "random": {"Random"},
    "zoneinfo": {"ZoneInfo"},
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("builtins", "getattr"):
            return _zone_of
        own = module.startswith("bmtui.sandbox.") and name.isidentifier()
        if own or name in _PLAIN.get(module, ()):
            found = super().find_class(module, name)
            if isinstance(found, type):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a marketplace")


def _zone_of(owner: object, name: str) -> Any:
    """Return the function by which `pickle` makes a time zone; refuse any other name."""
    if owner is ZoneInfo and name == "_unpickle":
        return ZoneInfo._unpickle  # type: ignore[attr-defined]
    raise pickle.UnpicklingError(f"{name} is no part of a marketplace")


def keep(marketplace: Marketplace, file: Path) -> None:
    """Write the marketplace into `file`; on a failure the file stays as it was."""
    with marketplace.state.lock:
        contents = pickle.dumps(marketplace)
    new = file.with_name(f"{file.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as writing:
        writing.write(contents)
    new.replace(file)


def load(file: Path) -> Marketplace:
    """Load the marketplace in `file`; its time goes on from now. Raise OSError; ValueError if it holds none."""
    try:
        found = _Unpickler(io.BytesIO(plain_file.read_bytes(file))).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, TypeError, KeyError) as error:
        raise ValueError(f"{file} holds no marketplace of this release: {error}") from error
    if not isinstance(found, Marketplace):
        raise ValueError(f"{file} holds no marketplace of this release.")
    return found
