"""Return labels from the channel."""
