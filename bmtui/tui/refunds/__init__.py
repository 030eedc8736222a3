"""Refunds: their dialogs, and the requests above a limit."""
