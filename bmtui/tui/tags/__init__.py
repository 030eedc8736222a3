"""Tags, assignees and fields of orders."""
