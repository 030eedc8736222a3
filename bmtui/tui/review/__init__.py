"""What a second look is for: requests above a limit, the audit, and where store and channel do not agree."""
