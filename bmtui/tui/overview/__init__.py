"""One order: its page, what is done with it, many at once, its papers."""
