"""Orders of the practice marketplace: who buys what, the lists, and the requests that change an order."""
