"""Tags, the assignee and named fields of orders."""
