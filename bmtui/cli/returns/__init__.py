"""Commands of RMAs."""
