"""Practice marketplace: a Back Market to test on, over real HTTP. It shares no code with the client, so that a mistake
is not made twice. The server itself is in `bmtui.sandbox.server`, whose imports cost start-up time."""

from bmtui.sandbox.faults import FAULTS
from bmtui.sandbox.options import SandboxOptions
from bmtui.sandbox.quirks import QUIRKS, Quirk

__all__ = ["FAULTS", "QUIRKS", "Quirk", "SandboxOptions"]
