"""Commands of notifications and events."""
