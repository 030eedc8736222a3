"""Job that exports saved views on a schedule."""
