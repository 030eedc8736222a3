"""Screens of jobs: the list, and one job."""
