"""Tags, assignees and named fields of orders."""
