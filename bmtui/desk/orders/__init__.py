"""Find orders: search, saved views, ship-by deadlines, totals."""
