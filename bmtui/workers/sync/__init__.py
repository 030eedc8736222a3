"""Jobs that download orders, create them and compare them with the channel."""
