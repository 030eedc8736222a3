"""Registry of actions, with keys, places and conditions, and the modules that read it."""
