"""Screens of after-sales: the inbox, a folder, and their dialogs."""
