"""What a service tells systemd: that it is ready, that it is alive, that it ends (sd_notify(3)). Elsewhere: nothing."""

from __future__ import annotations

import os
import socket


class Service:
    """Speaks to the service manager that started this process, if one did.

    The variables are taken out of the environment, so that no child speaks in our name.
    """

    def __init__(self) -> None:
        self._address = os.environ.pop("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):
            self._address = "\0" + self._address[1:]

    def ready(self, status: str) -> None:
        self._notify(f"READY=1\nSTATUS={status}")

    def alive(self) -> None:
        """Call it whenever work goes on: when that stays away for ``WatchdogSec=``, systemd starts the service anew."""
        self._notify("WATCHDOG=1")

    def stopping(self) -> None:
        self._notify("STOPPING=1\nSTATUS=Finishing what is being sent")

    def _notify(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaker:
                speaker.connect(self._address)
                speaker.sendall(message.encode())
        except OSError:
            pass  # Whoever listened is gone: the work matters more.
