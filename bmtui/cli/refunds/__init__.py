"""Commands on refunds and their approvals."""
