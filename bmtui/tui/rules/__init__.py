"""Screens of rules, which act by themselves."""
