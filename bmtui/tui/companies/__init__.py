"""Screens of companies and their settings."""
