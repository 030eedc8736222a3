"""Synchronisation from the channel to the store: downloads, the inbox, order creation, reconciliation."""
