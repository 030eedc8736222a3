"""Commands on RMAs."""
