"""The job that makes invoices."""
