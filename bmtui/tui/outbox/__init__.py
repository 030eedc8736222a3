"""What waits to be sent, and what nobody knows."""
