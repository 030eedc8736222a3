"""Jobs that read after-sales folders."""
