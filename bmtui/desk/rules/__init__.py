"""Rules: on an event or a schedule, for matching orders, do some acts. No rule moves money."""
