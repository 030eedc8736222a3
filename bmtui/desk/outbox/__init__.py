"""Outbox: writes to the channel (effects), from plan to outcome."""
