"""Commands that print the papers of an order."""
