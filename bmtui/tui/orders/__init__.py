"""Home screen: the query, the views, and the table of orders."""
