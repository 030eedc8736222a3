"""Dialogs. They gather; their caller acts."""
