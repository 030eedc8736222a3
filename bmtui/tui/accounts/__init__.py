"""Screens of the accounts."""
