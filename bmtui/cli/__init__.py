"""Command line: a command for every action of the screens."""
