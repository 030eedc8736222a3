"""Commands of rules."""
