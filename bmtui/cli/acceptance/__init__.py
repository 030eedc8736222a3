"""Commands that accept orders."""
