"""Commands of the practice marketplace, and the demo on it."""
