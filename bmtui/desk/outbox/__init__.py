"""Effects on the channel: planned, withdrawn, settled, sent."""
