"""The accounts on screens."""
