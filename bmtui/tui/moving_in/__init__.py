"""Screen for moving in from another system."""
