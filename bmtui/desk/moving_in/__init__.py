"""From another system to this one: the checklist, what that system knows, and the way back."""
