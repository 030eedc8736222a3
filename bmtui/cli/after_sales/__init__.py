"""Commands of the after-sales inbox."""
