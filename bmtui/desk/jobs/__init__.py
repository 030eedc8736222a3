"""The jobs panel: list, show, cancel, hold, release, retry, prioritise."""
