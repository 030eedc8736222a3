"""The after-sales inbox, one folder, and its dialogs."""
