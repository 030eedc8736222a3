"""Screens of downloads, and of differences between the store and Back Market."""
