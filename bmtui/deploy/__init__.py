"""Files for a server, printed by `bmtui deploy`."""
