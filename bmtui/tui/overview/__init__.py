"""Screens of an order: its page, its papers, its past; and Today."""
