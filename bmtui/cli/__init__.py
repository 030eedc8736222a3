"""A command for every action of the screens."""
