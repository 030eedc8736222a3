"""Screens of refunds: their dialogs, and the requests for approval."""
