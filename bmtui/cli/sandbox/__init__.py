"""The practice marketplace, and the demo on it."""
