"""One order with everything that belongs to it."""
