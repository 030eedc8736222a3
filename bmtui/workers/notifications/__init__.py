"""Events on their way to people."""
