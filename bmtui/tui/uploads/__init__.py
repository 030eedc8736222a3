"""Uploads that are not confirmed."""
