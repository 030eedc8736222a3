"""One order with everything that belongs to it: its page, its history, its evidence, its papers."""
