"""Job that sends effects, and the readings that prove them."""
