"""Commands of companies and their settings."""
