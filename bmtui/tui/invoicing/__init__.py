"""Invoices: those that wait, those that were made, one as text, and their settings."""
