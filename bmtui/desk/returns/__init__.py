"""Returns (RMAs): create, receive, resolve, refund, find and import them."""
