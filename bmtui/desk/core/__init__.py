"""Shared by all subjects: the open desk, views, audit, permissions, dates."""
