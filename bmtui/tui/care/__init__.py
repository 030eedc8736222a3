"""After-sales: the inbox, one folder, and its dialogs."""
