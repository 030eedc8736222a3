"""Invented buyers and devices, and a marketplace that lives."""
