"""Companies and their settings."""
