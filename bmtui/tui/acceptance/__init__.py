"""Acceptance of orders, and the stock flags that the acceptance rule looks at."""
