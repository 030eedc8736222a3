"""Rules: when something happens, if an order is so, then this is done. Money never moves by one."""
