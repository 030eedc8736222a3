"""Accounts: billing statements, purchase costs, VAT of a period, and the figures of a month."""
