"""What a key does: the registry of actions, and what reads it."""
