"""The dialogs of a cancellation, internal and on Back Market."""
