"""Accept orders by hand or by rule."""
