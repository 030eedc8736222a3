"""Screens of shipping: ship, identify, scan, and uploads."""
