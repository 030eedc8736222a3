"""Commands on notifications and events."""
