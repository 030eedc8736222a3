"""Screens of invoices: waiting orders, made documents, one document as text, and the settings."""
