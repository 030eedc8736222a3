"""First steps: the welcome, the first company, the tutorial."""
