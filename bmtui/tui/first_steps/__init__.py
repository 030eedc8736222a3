"""The first minutes: the welcome, the first company, the tutorial."""
