"""The home screen: the query and the table of orders."""
