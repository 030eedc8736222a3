"""Invoices and credit notes: numbers, contents, files, settings, uploads."""
