"""Painting, tables, forms and formats that all screens share."""
