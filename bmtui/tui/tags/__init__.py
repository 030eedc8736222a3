"""Screens of tags, assignees and fields of orders."""
