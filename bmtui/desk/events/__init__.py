"""What happened, by name, in the transaction of what happened."""
