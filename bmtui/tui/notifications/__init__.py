"""Screens of notifications: the ways out, and the deliveries of a way."""
