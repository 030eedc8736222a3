"""Senders of messages: a command, a webhook, a mail. They know no store and no desk.

Each takes a `Message` and hands it over, or raises `NotDelivered`. The receiver may see one twice, with the same id.
"""
