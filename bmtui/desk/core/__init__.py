"""Basics of all subjects: the open desk, views, audit, permissions, dates."""
