"""Screens of cancellation, internal and on Back Market, and of bringing orders back."""
