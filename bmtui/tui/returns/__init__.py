"""Returns (RMA): the list, one of them, and its dialogs."""
