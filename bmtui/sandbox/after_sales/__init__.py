"""After-sales folders of the practice marketplace (Care)."""
