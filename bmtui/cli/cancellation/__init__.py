"""Commands that cancel orders."""
