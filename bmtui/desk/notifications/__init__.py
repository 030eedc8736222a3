"""Notifications: events sent to people and programs by a command, a webhook or a mail."""
