"""Notifications: the ways out, and what did not get there."""
