"""Actions of the jobs panel: list, show, cancel, hold, release, retry, prioritise."""
