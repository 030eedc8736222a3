"""Commands of refunds and their approvals."""
