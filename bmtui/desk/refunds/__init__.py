"""Refunds: plan, issue, approve, and the ledger that keeps them within what was received."""
