"""Messages of a service to systemd: ready, alive, stopping (sd_notify(3)); none without systemd."""

from __future__ import annotations

import os
import socket


class Service:
    """Connection to the service manager that started this process, if one did.

    The variables are removed from the environment, so that no child process speaks in our name.
    """

    def __init__(self) -> None:
        self._address = os.environ.pop("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):
            self._address = "\0" + self._address[1:]

    def ready(self, status: str) -> None:
        self._notify(f"READY=1\nSTATUS={status}")

    def alive(self) -> None:
        """Tell systemd that work goes on; without a call for ``WatchdogSec=``, systemd starts the service again."""
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
            pass  # The service manager is gone; the work goes on.
