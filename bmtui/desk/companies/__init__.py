"""Companies and their settings, credentials, policies and sending pauses."""
