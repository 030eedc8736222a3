"""Commands that find, show and annotate orders."""
