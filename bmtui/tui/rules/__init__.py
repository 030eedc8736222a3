"""Rules: what is done by itself."""
