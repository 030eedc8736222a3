"""Commands on companies and their settings."""
