"""The screen of the way from another system to this one."""
