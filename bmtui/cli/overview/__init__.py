"""Commands of an order's papers, and of today's work."""
