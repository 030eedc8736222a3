"""Screens of the outbox: writes that wait to be sent, or whose outcome is unknown."""
