"""Screens of the audit and of the series of numbers."""
