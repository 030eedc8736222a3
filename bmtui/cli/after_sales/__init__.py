"""Commands on the after-sales inbox."""
