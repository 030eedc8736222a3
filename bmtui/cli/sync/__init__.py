"""Commands that compare the store with Back Market."""
