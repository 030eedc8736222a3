"""The dialog of a download."""
