"""Commands on what waits to be sent."""
