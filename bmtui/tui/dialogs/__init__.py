"""Generic dialogs: base, confirmation, note, choice, palette, help, guides."""
