"""Events on their way to people: by a command, a webhook or a mail."""
