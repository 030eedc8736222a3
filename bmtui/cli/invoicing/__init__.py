"""Commands on invoices."""
