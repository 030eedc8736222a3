"""Commands of tags, assignees and fields."""
