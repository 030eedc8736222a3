"""Saved views by the clock."""
