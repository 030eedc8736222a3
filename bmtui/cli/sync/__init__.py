"""Commands that compare with the channel."""
