"""Commands about the accounts."""
