"""Order overview: the page of an order, its history, evidence pack and papers; and the list Today."""
