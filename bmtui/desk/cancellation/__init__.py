"""Cancel an order internally, or its lines on Back Market."""
