"""Invoices: the orders that wait for one, those that were made, one as text, and how they are made."""
