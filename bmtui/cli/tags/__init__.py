"""Commands on tags, assignees and fields."""
