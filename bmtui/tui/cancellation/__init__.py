"""Cancellation, internal and on Back Market, and the way back."""
