"""Widgets, formats and painting that all screens share."""
