"""Screens of returns (RMA): the list, one RMA, and its dialogs."""
